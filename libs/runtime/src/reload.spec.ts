import type { LoadedConfig } from '@sallyport/config';
import { type Files, makeFiles, OPEN, watching } from '../test/fixture.ts';
import { createDependencies, type Dependencies, systemTenant } from './dependencies.ts';
import { dryRunParts } from './dry-run-parts.ts';
import { reload } from './reload.ts';

/** Nobody listens there: refused at once. */
const UP = { url: 'http://127.0.0.1:1/mcp', definitions: 'trust_on_first_use' as const };

describe('a reload', () => {
  let files: Files;
  let loaded: LoadedConfig;
  let dependencies: Dependencies;

  beforeEach(async () => {
    files = makeFiles(OPEN);
    files.write({ upstreams: { up: UP } });
    const ignored = (): void => undefined;
    const logger = { debug: ignored, info: ignored, warn: ignored, error: ignored, level: 'info' as const };
    loaded = await files.load();
    const { stores } = dryRunParts(loaded);
    dependencies = await createDependencies({ stores, loaded, logger, observer: watching(), boot: 'boot-1' });
    expect(await dependencies.activeConfigs.take(loaded)).toEqual([]);
    dependencies.upstreams.begin();
  });
  afterEach(async () => {
    await dependencies.upstreams.close();
    files.remove();
  });

  const current = () => dependencies.activeConfigs.current();
  const again = () => reload(dependencies, loaded);
  const noted = async () =>
    (await dependencies.stores.journal.readAll(systemTenant, { after: 0, limit: 100 })).map(({ type }) => type);

  it.each<[string, () => void, string]>([
    ['names no upstream', () => files.write({ upstreams: {} }), 'name at least one MCP server'],
    [
      'names a credential that is not there',
      () => files.write({ upstreams: { up: { ...UP, headers: { Authorization: { env: 'SALLYPORT_NO_SUCH' } } } } }),
      'SALLYPORT_NO_SUCH is not set',
    ],
    ['has a policy that can’t be compiled', () => files.policy('permit ('), ''],
  ])('of a configuration that %s says why and leaves all as it was', async (_, change, says) => {
    const before = current();
    change();
    const problems = await again();
    expect(problems[0]?.message).toContain(says);
    expect(current()?.loaded).toBe(before?.loaded);
    expect(current()?.active.policies.digest).toBe(before?.active.policies.digest);
    expect([await noted(), dependencies.findings]).toEqual([[], []]);
    expect([...dependencies.upstreams.all.keys()]).toEqual(['up']);
  });

  it('is on record, with other policies where there are any, and has everything checked', async () => {
    files.write({ upstreams: { up: UP, more: UP } });
    expect(await again()).toEqual([]);
    expect(await noted()).toEqual(['config.reloaded']);
    files.policy(`${OPEN}@id("never") @hard forbid (principal, action, resource);\n`);
    expect(await again()).toEqual([]);
    expect(await noted()).toEqual(['config.reloaded', 'config.reloaded', 'policy.activated']);
    expect([...dependencies.upstreams.all.keys()]).toEqual(['up', 'more']);
    expect(dependencies.findings.map(({ about }) => about)).toContain('strict-input/too_large');
  });

  it('ends the upstreams that are configured no more, and keeps those that are as they were', async () => {
    files.write({ upstreams: { up: UP, more: UP } });
    await again();
    const kept = dependencies.upstreams.all.get('up');
    const changed = dependencies.upstreams.all.get('more');
    files.write({ upstreams: { up: UP, more: { ...UP, timeout: '5s' }, other: UP } });
    await again();
    expect(dependencies.upstreams.all.get('up')).toBe(kept);
    expect(dependencies.upstreams.all.get('more')).not.toBe(changed);
    files.write({ upstreams: { up: UP } });
    await again();
    expect([...dependencies.upstreams.all.keys()]).toEqual(['up']);
  });
});
