import type { ConfigInput } from '@sallyport/contracts';
import type { Logger } from '@sallyport/service';
import { makeFiles, makeParts, watching } from '../test/fixture.ts';
import { declaredIn } from './declared.ts';
import { systemClock } from './system.ts';
import { createUpstreamSet } from './upstream-set.ts';

const files = makeFiles();
afterAll(() => files.remove());

type Upstreams = ConfigInput['upstreams'];

const absent: Upstreams[string] = { command: ['/nowhere/no-such-program'], share: 'all' };

/** A set of upstreams whose programs there are not, and what it logs. */
function opened() {
  const lines: string[] = [];
  const say = (message: string): void => void lines.push(message);
  const logger: Logger = { level: 'debug', debug: say, info: say, warn: say, error: say };
  const { definitions, offer } = makeParts();
  const set = createUpstreamSet({
    ...{ definitions, logger, clock: systemClock, observer: watching() },
    command: (command) => `npx sallyport ${command} --config x.yaml`,
    strayRefused: () => undefined,
    bookOf: () => {
      throw new Error('users sign in at none of these');
    },
    onCatalog: async () => undefined,
  });
  async function apply(upstreams: Upstreams): Promise<void> {
    files.write({ upstreams });
    const loaded = await files.load();
    definitions.configure(declaredIn(loaded.config));
    set.apply(loaded);
  }
  return { set, apply, lines, offer, definitions };
}

describe('the upstreams of an instance', () => {
  it('are not started before it begins, and then as was applied last', async () => {
    const { set, apply } = opened();
    await apply({ first: absent });
    await apply({ second: absent });
    expect([[...set.all.keys()], set.states()]).toEqual([[], []]);
    set.begin();
    expect([...set.all.keys()]).toEqual(['second']);
    await set.close();
    expect([[...set.all.keys()], set.states()]).toEqual([[], []]);
  });

  it('begin also where nothing was applied', async () => {
    const { set } = opened();
    set.begin();
    set.endSession('s');
    set.endTenants(['acme']);
    await set.refresh();
    expect(set.unlisted()).toEqual([]);
    await set.close();
  });

  it('stay where they are configured as before, are made again where not, and go where they are no more', async () => {
    const { set, apply } = opened();
    set.begin();
    await apply({ same: absent, changed: absent, gone: absent });
    const before = new Map(set.all);
    await apply({ same: absent, changed: { ...absent, command: ['/nowhere/another'] } });
    expect([...set.all.keys()].sort()).toEqual(['changed', 'same']);
    expect(set.all.get('same')).toBe(before.get('same'));
    expect(set.all.get('changed')).not.toBe(before.get('changed'));
    await set.close();
  });

  it('that fail to end something say so, and nothing else ends', async () => {
    const { set, apply, lines } = opened();
    set.begin();
    await apply({ up: absent });
    const fails = (what: string) => () => Promise.reject(new Error(what));
    Object.assign(set.all.get('up') ?? {}, {
      endSession: fails('session'),
      endTenant: fails('tenant'),
      close: fails('all'),
    });
    set.endSession('s');
    set.endTenants(['acme']);
    await apply({ other: absent });
    await new Promise((resolve) => setImmediate(resolve));
    const told = lines.filter((line) => line.includes('could not be ended'));
    expect(told).toEqual(['session', 'tenant', 'all'].map((what) => `up: what is over could not be ended: ${what}`));
    await set.close();
  });

  it('that can’t be asked say why on the log and in their state, and stay unlisted', async () => {
    const { set, apply, lines } = opened();
    set.begin();
    await apply({ up: absent });
    await set.refresh();
    expect(set.unlisted()).toEqual(['up']);
    expect(set.states()).toMatchObject([
      { id: 'up', recorded: false, why: expect.stringContaining('could not be started') },
    ]);
    expect(lines).toContainEqual(expect.stringMatching(/^up: can’t be asked for its tools: .*could not be started/));
    await set.close();
  });

  it('tell once which definitions wait for a person, and again when they are others', async () => {
    const { set, apply, lines, offer, definitions } = opened();
    const told = () => lines.filter((line) => line.includes('wait for approval')).length;
    set.begin();
    await apply({ up: { ...absent, definitions: 'pinned' } });
    await definitions.settle();
    set.tellWaiting();
    expect(told()).toBe(0);
    await offer('run');
    set.tellWaiting();
    set.tellWaiting();
    expect(told()).toBe(1);
    await offer('run', 'stop');
    set.tellWaiting();
    expect(told()).toBe(2);
    expect(lines.at(-1)).toContain('`npx sallyport definitions approve up --config x.yaml`');
    await set.close();
  });
});
