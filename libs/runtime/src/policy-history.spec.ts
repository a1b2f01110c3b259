import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryJournal } from '@sallyport/adapter-memory';
import { configSchema } from '@sallyport/contracts';
import { policyDigest } from '@sallyport/policy';
import { type LoadedConfig, readPolicyFiles } from '@sallyport/config';
import { systemTenant } from './dependencies.ts';
import { openPolicyHistory } from './policy-history.ts';

describe('which policies are current', () => {
  const directory = mkdtempSync(join(tmpdir(), 'policy-history-'));
  const { journal } = createMemoryJournal();
  const config = configSchema.parse({ upstreams: {}, policies: '.' });
  const loaded: LoadedConfig = { config, file: '', directory, text: '', digest: policyDigest([]), data: directory };
  const open = () => openPolicyHistory(journal, loaded);
  let count = 0;
  afterAll(() => rmSync(directory, { recursive: true }));

  /** Puts a set on disk, and gives its digest. */
  async function edit(text: string): Promise<ReturnType<typeof policyDigest>> {
    writeFileSync(join(directory, 'all.cedar'), text);
    return policyDigest(await readPolicyFiles(directory));
  }

  /** A gateway says that it took a set. */
  async function taken(policy: string): Promise<void> {
    const id = `E${(count += 1)}`;
    const data = { tenant: systemTenant, policy, previous: null };
    const about = { time: new Date(0).toISOString(), source: '/gateway/g', traceparent: null };
    const events = [{ id, type: 'policy.activated' as const, ...about, data }];
    const write = { stream: `tenant/${systemTenant}`, expectedVersion: 'any' as const, events };
    await journal.commit({ tenant: systemTenant, commandId: id, writes: [write] });
  }

  test('a set that a gateway has replaced is not, also after a restart', async () => {
    const before = await edit('permit (principal, action, resource);');
    await taken(before);
    const history = await open();
    const after = await edit('// other\npermit (principal, action, resource);');
    await history.take(loaded);
    expect([history.isCurrent(before), history.isCurrent(after)]).toEqual([true, true]);
    await taken(after);
    await history.catchUp();
    for (const one of [history, await open()])
      expect([one.isCurrent(before), one.isCurrent(after)]).toEqual([false, true]);
  });

  test('a set on disk that no gateway took, such as a bad edit, replaces nothing, also after a restart', async () => {
    const good = await edit('// good');
    await taken(good);
    const history = await open();
    await edit('permit (principal');
    await history.take(loaded);
    for (const one of [history, await open()]) expect(one.isCurrent(good)).toBe(true);
  });

  test('a gateway that starts with older files does not put the others out of force', async () => {
    const old = await edit('// old');
    await taken(old);
    const fresh = await edit('// fresh');
    await taken(fresh);
    await taken(old);
    expect((await open()).isCurrent(fresh)).toBe(true);
  });
});
