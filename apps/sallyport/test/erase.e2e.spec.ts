import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { admin, ANN, anyTool, BEN, callTool, recordedOf, serveScripted } from '@sallyport/testing/harness';

const words = 'Kanzleiweg 17, second floor';

describe('erasing a person', () => {
  const served = serveScripted({
    tools: [anyTool('note')],
    config: (url) => ({ upstreams: { bank: { url, definitions: 'trust_on_first_use' } } }),
  });

  async function called(token: string): Promise<string> {
    const { meta } = await callTool(served.sallyport, token, ['bank__note', { text: words }]);
    return meta?.id ?? '';
  }
  const explain = async (call: string) => (await served.cli('explain', call)).stdout;
  const erase = (...more: string[]) => served.cli('erase', '--tenant', 'acme', '--subject', 'ann', ...more);
  const holding = (text: string): readonly string[] =>
    readdirSync(served.scratch.data, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile() && readFileSync(join(file.parentPath, file.name)).includes(text))
      .map(({ name }) => name);

  const erased = () => recordedOf(served.scratch.data, 'subject.erased').map(({ data }) => data);

  it('is for the operator, and a reason is a code', async () => {
    const body = { tenant: 'acme', subject: 'ann' };
    expect((await admin(served.sallyport, BEN.token, ['POST', '/erasures'], body)).status).toBe(403);
    expect((await erase('--reason', 'Ann asked')).code).toBe(1);
    expect((await served.cli('erase', '--tenant', 'acme')).code).toBe(2);
    expect(erased()).toEqual([]);
  });

  it('takes values and name out of the record and the files; the events stay, and others keep theirs', async () => {
    const [anns, bens] = [await called(ANN.token), await called(BEN.token)];
    expect(holding(words)).toEqual([]);
    expect(holding('development|ann')).not.toEqual([]);
    expect(JSON.parse((await erase('--dry-run', '--json')).stdout)).toMatchObject({ sealed: true, erased: false });
    expect(await explain(anns)).toContain(words);

    const { code, stdout } = await erase('--reason', 'asked_for', '--json');
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      {
        ...{ tenant: 'acme', subject: expect.stringMatching(/^sub_/), sealed: true, approvals: 0, erased: true },
        remains: expect.arrayContaining([expect.stringContaining('pseudonym')]),
        unreached: expect.arrayContaining([expect.stringContaining('backups')]),
      },
    ]);
    expect(await explain(anns)).not.toContain(words);
    expect(await explain(anns)).toContain(JSON.parse(stdout).subject);
    expect(await explain(bens)).toContain(words);
    expect(holding('development|ann')).toEqual([]);
    expect(erased()).toMatchObject([{ reason: 'asked_for', actor: { issuer: 'local' } }]);
  });

  it('again finds nobody by the name, and says so', async () => {
    const { code, stdout } = await erase('--json');
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { subject: null, erased: false }]);
  });

  it('leaves the person a stranger: what they do next is kept under another pseudonym', async () => {
    const [event] = erased();
    const next = await explain(await called(ANN.token));
    expect(next).toContain(words);
    expect(next).not.toContain(event?.subject ?? 'none');
  });
});
