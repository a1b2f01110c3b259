import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPolicyCases } from './policy-cases.ts';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'sallyport-cases-'))));
afterAll(() => rm(folder, { recursive: true }));

async function problems(text: string): Promise<string[]> {
  const file = join(folder, 'cases.yaml');
  await writeFile(file, text);
  const answer = await loadPolicyCases(file);
  return answer.ok ? [] : answer.problems.map(({ line, message }) => `${line} ${message}`);
}

const head = 'cases:\n  - name: a case\n    subject: { id: a, roles: [user] }\n';

describe('loadPolicyCases', () => {
  it.each([
    ['', '1 the file: '],
    ['cases: []', '1 cases: name at least one case'],
    ['cases: [', '1 Flow sequence'],
    [`${head}    expect: deny\n`, 'cases.0: name what is called: one of tool, prompt and resource'],
    [`${head}    tool: a/b\n    prompt: a/b\n    expect: deny\n`, 'cases.0: name what is called'],
    [`${head}    resource: file:///a\n    expect: deny\n`, 'cases.0: a resource needs its upstream'],
    [
      `${head}    prompt: a/b\n    mime: text/plain\n    expect: deny\n`,
      'cases.0: template and mime are of a resource',
    ],
    [
      `${head.replace('[user]', "[user], scopes: ['a b']")}    tool: a/b\n    expect: deny\n`,
      'cases.0.subject.scopes.0: one scope',
    ],
    [`${head}    tool: a/b\n    expect: alow\n`, '5 cases.0.expect: '],
    [`${head}    tool: a/b\n    expect: deny\n    reasn: not_owner\n`, '6 unknown key "reasn" in cases.0'],
    [`${head}    tool: a/b\n    expect: deny\n    resources: [{ type: Order, id: 7 }]\n`, '6 cases.0.resources.0.id: '],
  ])('says where %j is wrong', async (text, problem) => {
    expect((await problems(text))[0]).toContain(problem);
  });

  it('asks about a key that is near one of a case', async () => {
    const file = join(folder, 'cases.yaml');
    await writeFile(file, `${head}    tool: a/b\n    expect: deny\n    reasn: not_owner\n`);
    const hint = expect.stringMatching(/^Did you mean "reason"\? Allowed here: name, subject, tool, /) as string;
    expect(await loadPolicyCases(file)).toMatchObject({ ok: false, problems: [{ hint }] });
  });

  it('says where cases belong when there are none', async () => {
    const answer = await loadPolicyCases(join(folder, 'none.yaml'));
    expect(answer).toMatchObject({ ok: false, problems: [{ hint: expect.stringContaining('--cases') }] });
  });

  it('takes cases about prompts and resources', async () => {
    const resource = 'resource: file:///a\n    upstream: a\n    mime: text/plain\n    template: file:///{id}';
    for (const called of ['prompt: a/b', resource])
      expect(await problems(`${head}    ${called}\n    expect: deny\n`)).toEqual([]);
  });

  it('takes the cases of the shop', async () => {
    const file = new URL('../../../examples/shop/policies/cases.yaml', import.meta.url);
    expect((await loadPolicyCases(file.pathname)).ok).toBe(true);
  });
});
