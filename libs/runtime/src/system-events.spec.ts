import { readFileSync } from 'node:fs';
import { JournalUnavailable, type Policies } from '@sallyport/contracts';
import { policyDigest } from '@sallyport/policy';
import { makeFiles, watching } from '../test/fixture.ts';
import type { ActiveConfig } from './active-config.ts';
import type { Dependencies } from './dependencies.ts';
import { dryRunParts } from './dry-run-parts.ts';
import { systemClock, systemIds } from './system.ts';
import { notePolicies, noteStart, sweepAll } from './system-events.ts';

const files = makeFiles();
afterAll(() => files.remove());

async function opened(tenants?: () => Promise<string[]>) {
  const loaded = await files.load();
  const { stores } = dryRunParts(loaded);
  const observer = watching();
  const warned: string[] = [];
  const parts: Partial<Dependencies> = {
    boot: 'boot-1',
    records: { clock: systemClock, ids: systemIds(systemClock), keys: stores.keys, directory: stores.directory },
    stores: tenants === undefined ? stores : { ...stores, tenants: { ...stores.tenants, tenants } },
    observer,
    logger: { warn: (message) => void warned.push(message) } as Partial<
      Dependencies['logger']
    > as Dependencies['logger'],
  };
  const dependencies = parts as Dependencies;
  const written = async () =>
    (await stores.journal.readAll('_system', { after: 0, limit: 10 })).map(
      ({ bytes }) => JSON.parse(Buffer.from(bytes).toString('utf8')) as Readonly<Record<string, unknown>>,
    );
  return { dependencies, loaded, observer, warned, written };
}

const [one, other] = ['A', 'B'].map((letter) => `sha256:${letter.repeat(43)}`) as [string, string];

it('the texts of what is in force are kept before the event that names them', async () => {
  const { dependencies, loaded, written } = await opened();
  const file = { path: 'all.cedar', text: 'forbid (principal, action, resource);' };
  const policies = { digest: policyDigest([file]) } as Policies;
  const active = { policies, files: [file], catalogVersion: 0, findings: [], warnings: [] };
  await noteStart(dependencies, { loaded, active } as Partial<ActiveConfig> as ActiveConfig);
  const [started] = await written();
  const { config, policy } = started?.['data'] as Readonly<Record<'config' | 'policy', string>>;
  const { texts } = dependencies.stores;
  expect(await texts.find(config)).toBe(readFileSync(loaded.file, 'utf8'));
  expect(JSON.parse((await texts.find(policy)) ?? '')).toEqual([file.text]);

  const failing = { ...texts, keep: () => Promise.reject(new JournalUnavailable('no disk')) };
  const without = { ...dependencies, stores: { ...dependencies.stores, texts: failing } };
  await expect(noteStart(without, { loaded, active } as Partial<ActiveConfig> as ActiveConfig)).rejects.toThrow(
    JournalUnavailable,
  );
  expect(await written()).toHaveLength(2);
});

it('policies are noted where they are others, by the process that took them', async () => {
  const { dependencies, written } = await opened();
  await notePolicies(dependencies, one, null);
  await notePolicies(dependencies, one, one);
  await notePolicies(dependencies, other, one);
  expect(await written()).toMatchObject([
    { type: 'dev.sallyport.policy.activated.v1', source: '/gateway/boot-1', data: { policy: one, previous: null } },
    { type: 'dev.sallyport.policy.activated.v1', data: { policy: other, previous: one } },
  ]);
});

it('calls of earlier runs that can’t be looked for are an incident, and keep nobody from starting', async () => {
  const { dependencies, loaded, observer } = await opened(() => Promise.reject(new Error('no record')));
  await sweepAll(dependencies, { loaded });
  expect(observer.incidents).toEqual([expect.stringMatching(/^sweep_failed .*no record/)]);
});

it('where no call was left open nothing is told', async () => {
  const { dependencies, loaded, observer, warned, written } = await opened(async () => ['acme', 'brix']);
  await sweepAll(dependencies, { loaded });
  expect([observer.incidents, warned, await written()]).toEqual([[], [], []]);
});
