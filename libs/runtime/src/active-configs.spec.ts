import { jest } from '@jest/globals';
import type { LoadedConfig } from '@sallyport/config';
import { ABOUT_RUN, type Files, makeFiles, makeParts, OPEN, watching } from '../test/fixture.ts';
import type { EdgeAnswer } from './active-config.ts';
import { createActiveConfigs } from './active-configs.ts';

describe('the configuration in force', () => {
  let files: Files;
  let lines: string[];

  beforeEach(() => {
    files = makeFiles();
    lines = [];
  });
  afterEach(() => files.remove());

  function start({
    edgeOf = async (loaded: LoadedConfig): Promise<EdgeAnswer<{ from: string }>> => ({
      ok: true,
      edge: { from: loaded.digest },
    }),
    taken = undefined as ((loaded: LoadedConfig) => void) | undefined,
  } = {}) {
    const parts = makeParts();
    const logger = { error: (message: string) => void lines.push(message) };
    const configs = createActiveConfigs({ ...parts, observer: watching(), logger, edgeOf, ...(taken && { taken }) });
    const configure = jest.spyOn(parts.definitions, 'configure');
    return { ...parts, configs, configure };
  }

  it('is none before one is taken', async () => {
    const { configs } = start();
    await configs.recompile();
    expect([configs.current(), configs.problems()]).toEqual([null, []]);
  });

  it('is none while the first can’t be used, and says why', async () => {
    files.policy('permit (');
    const { configs } = start();
    const problems = await configs.take(await files.load());
    expect(problems[0]).toMatchObject({ file: expect.stringContaining('main.cedar') as string, line: 1 });
    expect([configs.current(), configs.problems()]).toEqual([null, problems]);
  });

  it('keeps the last good one when policies are broken, and has the definitions go by it again', async () => {
    const { configs, configure } = start();
    const good = await files.load();
    await configs.take(good);
    const before = configs.current();
    files.policy('permit (');
    files.write({ call_timeout: '5s' });
    const problems = await configs.take(await files.load());
    expect(problems).not.toEqual([]);
    expect(configs.current()?.loaded).toBe(good);
    expect(configs.current()?.active.policies.digest).toBe(before?.active.policies.digest);
    expect(configure.mock.lastCall?.[0].upstreams).toBe(good.config.upstreams);
    expect(configs.problems()).toEqual(problems);
    files.policy(OPEN);
    expect(await configs.take(good)).toEqual([]);
    expect(configs.problems()).toEqual([]);
  });

  it('keeps the last good one when what endpoints need can’t be made', async () => {
    const problem = { file: 'f', line: 1, column: 1, message: 'no such user', hint: '' };
    let fine = true;
    const edgeOf = async (): Promise<EdgeAnswer<{ from: string }>> =>
      fine ? { ok: true, edge: { from: 'first' } } : { ok: false, problems: [problem] };
    const { configs } = start({ edgeOf });
    await configs.take(await files.load());
    fine = false;
    files.write({ call_timeout: '5s' });
    expect(await configs.take(await files.load())).toEqual([problem]);
    expect(configs.current()?.from).toBe('first');
  });

  it('keeps the last good one, and its definitions, when taking another throws', async () => {
    let fine = true;
    const edgeOf = async (): Promise<EdgeAnswer<{ from: string }>> => {
      if (!fine) throw new Error('lost');
      return { ok: true, edge: { from: 'first' } };
    };
    const { configs, configure } = start({ edgeOf });
    const good = await files.load();
    await configs.take(good);
    fine = false;
    await expect(configs.take(await files.load())).rejects.toThrow('lost');
    expect(configs.current()?.loaded).toBe(good);
    expect(configure.mock.lastCall?.[0].upstreams).toBe(good.config.upstreams);
  });

  it('refuses one that says of an approved tool what its schema does not have', async () => {
    const { configs, offer } = start();
    await configs.take(await files.load());
    await offer('run');
    const tools = { run: { resources: [{ argument: '/nothing', type: 'Thing' }] } };
    files.write({ upstreams: { up: { command: ['up'], definitions: 'trust_on_first_use', tools } } });
    const problems = await configs.take(await files.load());
    expect(problems[0]?.message).toContain('up/run');
    expect(configs.current()?.loaded.config.upstreams['up']?.tools).toEqual({});
  });

  it('takes another as a whole, and says so in the same moment', async () => {
    const seen: unknown[] = [];
    const { configs } = start({ taken: (loaded) => void seen.push(configs.current()?.loaded === loaded) });
    await configs.take(await files.load());
    files.write({ call_timeout: '5s', shadow: ['limits'] });
    files.policy(`${OPEN}// another\n`);
    const next = await files.load();
    expect(await configs.take(next)).toEqual([]);
    const { loaded, boundGuards, from } = configs.current() ?? {};
    expect(loaded).toBe(next);
    expect(from).toBe(next.digest);
    expect(boundGuards?.find(({ id }) => id === 'limits')?.shadow).toBe(true);
    expect(seen).toEqual([true, true]);
  });

  it('takes one after the other: the last that was asked for is in force', async () => {
    const { configs } = start();
    const one = await files.load();
    files.write({ call_timeout: '5s' });
    const other = await files.load();
    await Promise.all([configs.take(one), configs.take(other)]);
    expect(configs.current()?.loaded).toBe(other);
  });

  it('divides the guards into those of the gateway and those of the stations', async () => {
    const { configs } = start();
    await configs.take(await files.load());
    const { boundGuards = [], gatewayGuards = [], stationGuards = [] } = configs.current() ?? {};
    expect([...gatewayGuards, ...stationGuards].map(({ id }) => id).sort()).toEqual(
      boundGuards.map(({ id }) => id).sort(),
    );
    expect(gatewayGuards.every(({ station }) => station === 'gateway')).toBe(true);
    expect(stationGuards.some(({ id }) => id === 'authorization')).toBe(true);
  });

  it('configures the definitions once for a configuration that upstreams were met with first', async () => {
    const { configs, configure } = start();
    const loaded = await files.load();
    configs.configure(loaded);
    await configs.take(loaded);
    expect(configure).toHaveBeenCalledTimes(1);
  });

  describe('after a change of the catalogue', () => {
    it('is tried again where none could be taken', async () => {
      files.policy(ABOUT_RUN);
      const { configs, offer } = start();
      configs.configure(await files.load());
      await offer('other');
      const problems = await configs.take(await files.load());
      expect(problems[0]?.message).toContain('up/run');
      await configs.recompile();
      expect(configs.current()).toBeNull();
      await offer('other', 'run');
      await configs.recompile();
      expect(configs.current()?.active.catalogVersion).toBeGreaterThan(0);
      expect(configs.problems()).toEqual([]);
    });

    it('is not tried again while the catalogue is the same', async () => {
      files.policy(ABOUT_RUN);
      const edgeOf = jest.fn(async (): Promise<EdgeAnswer<{ from: string }>> => ({ ok: true, edge: { from: '' } }));
      const { configs, offer } = start({ edgeOf });
      configs.configure(await files.load());
      await offer('other');
      await configs.take(await files.load());
      files.policy(OPEN);
      await configs.recompile();
      expect(configs.current()).toBeNull();
      expect(edgeOf).not.toHaveBeenCalled();
    });

    it('has the same policies, compiled against it, and the rest as it was', async () => {
      const { configs, offer, definitions } = start();
      await configs.take(await files.load());
      const before = configs.current();
      await offer('run');
      await configs.recompile();
      const after = configs.current();
      expect(after).not.toBe(before);
      expect(after?.active.catalogVersion).toBe(definitions.catalog.version);
      expect([after?.loaded, after?.from, after?.active.policies.digest]).toEqual([
        before?.loaded,
        before?.from,
        before?.active.policies.digest,
      ]);
    });

    it('is the same object when nothing changed', async () => {
      const { configs } = start();
      await configs.take(await files.load());
      const before = configs.current();
      await configs.recompile();
      expect(configs.current()).toBe(before);
    });

    it('does not read the files: what lies on disk may be a bad edit', async () => {
      const { configs, offer } = start();
      await configs.take(await files.load());
      files.policy('permit (');
      await offer('run');
      await configs.recompile();
      expect(configs.current()?.active.files[0]?.text).toBe(OPEN);
      expect(lines).toEqual([]);
    });

    it('keeps the last good policies where they can’t be compiled against it, and says it once', async () => {
      const { configs, offer, definitions } = start();
      configs.configure(await files.load());
      await offer('run');
      files.policy(ABOUT_RUN);
      expect(await configs.take(await files.load())).toEqual([]);
      const before = configs.current();
      jest.spyOn(definitions.catalog, 'all').mockReturnValue([]);
      await offer('run', 'other');
      await configs.recompile();
      await configs.recompile();
      expect(configs.current()).toBe(before);
      expect(lines).toEqual([expect.stringContaining('the last good policies stay')]);
    });

    it('warns of a tool of an upstream that has said nothing, and says so once it lacks it', async () => {
      files.policy(ABOUT_RUN);
      const { configs, offer } = start();
      expect(await configs.take(await files.load())).toEqual([]);
      expect(configs.current()?.active.warnings.map(({ line }) => line)).toContain(2);
      const before = configs.current();
      await offer('other');
      await configs.recompile();
      expect(configs.problems()[0]?.message).toContain('up/run');
      expect(configs.current()).toBe(before);
      await offer('other', 'run');
      await configs.recompile();
      expect(configs.problems()).toEqual([]);
    });

    it('sees it at the end of a take that was under way', async () => {
      let open = (): void => undefined;
      const gate = new Promise<void>((resolve) => (open = resolve));
      const edgeOf = async (): Promise<EdgeAnswer<{ from: string }>> => {
        await gate;
        return { ok: true, edge: { from: '' } };
      };
      const { configs, offer, definitions } = start({ edgeOf });
      const taking = configs.take(await files.load());
      while (definitions.catalog.version === 0) await Promise.resolve();
      await offer('run');
      await configs.recompile();
      expect(configs.current()).toBeNull();
      open();
      await taking;
      expect(configs.current()?.active.catalogVersion).toBe(definitions.catalog.version);
    });
  });
});
