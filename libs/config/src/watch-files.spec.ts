import { EventEmitter } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';

/** A watcher that hears what a test says. */
class FakeWatcher extends EventEmitter {
  readonly folder: string;
  readonly say: (name: string | null) => void;
  closed = false;

  constructor(folder: string, heard: (kind: string, name: string | null) => void) {
    super();
    this.folder = folder;
    this.say = (name) => heard('change', name);
  }

  close(): void {
    this.closed = true;
  }

  unref(): this {
    return this;
  }
}

let made: FakeWatcher[] = [];

function watch(folder: string, heard: (kind: string, name: string | null) => void): FakeWatcher {
  if (!fs.existsSync(folder)) throw new Error(`ENOENT: ${folder}`);
  const watcher = new FakeWatcher(folder, heard);
  made.push(watcher);
  return watcher;
}

jest.unstable_mockModule('node:fs', () => ({ ...fs, watch }));
const { loadConfig } = await import('./load-config.ts');
const { watchFiles } = await import('./watch-files.ts');

const upstreams = 'upstreams: { up: { command: [up] } }\n';
const people = 'identity: { development: { users: people/users.yaml } }\n';

describe('files that are watched', () => {
  let folder: string;
  let stop: () => void;
  let changed: Promise<void>;

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    made = [];
    folder = fs.mkdtempSync(join(tmpdir(), 'sallyport-watch-'));
    for (const name of ['policies', 'people', 'others']) fs.mkdirSync(join(folder, name));
  });
  afterEach(() => {
    stop();
    jest.useRealTimers();
    fs.rmSync(folder, { recursive: true });
  });

  async function start(text: string): Promise<void> {
    write(text);
    const answer = await loadConfig(join(folder, 'sallyport.yaml'));
    if (!answer.ok) throw new Error(answer.problems.map(({ message }) => message).join('\n'));
    const { promise, resolve } = Promise.withResolvers<void>();
    changed = promise;
    stop = watchFiles(answer.loaded, async () => resolve());
  }

  const write = (text: string) => fs.writeFileSync(join(folder, 'sallyport.yaml'), text);
  const open = () => made.filter(({ closed }) => !closed).map((watcher) => watcher.folder.slice(folder.length));
  const pending = () => jest.getTimerCount();

  it.each([[null], ['notes.txt'], ['sallyport.yaml~'], ['cedar'], ['a.cedar.swp'], ['users.yaml']])(
    'nothing is done for %j, which the configuration does not name',
    async (name) => {
      await start(upstreams);
      made[0]?.say(name);
      expect(pending()).toBe(0);
    },
  );

  it.each(['sallyport.yaml', 'users.yaml', 'orders.cedar', '..data'])('a change of %s is taken', async (name) => {
    await start(`${upstreams}${people}`);
    made.at(-1)?.say(name);
    expect(pending()).toBe(1);
    jest.advanceTimersByTime(150);
    await changed;
    expect(pending()).toBe(0);
  });

  it('are the folders of the configuration, of its users and of its policies', async () => {
    await start(`${upstreams}${people}`);
    expect(open()).toEqual(['', '/people', '/policies']);
  });

  it('a folder that is not there leaves the others watched', async () => {
    await start(`${upstreams}policies: absent\n`);
    expect(open()).toEqual(['']);
  });

  it('a change in several steps is taken once, after the last of them', async () => {
    await start(upstreams);
    made[0]?.say('sallyport.yaml');
    jest.advanceTimersByTime(149);
    made[1]?.say('orders.cedar');
    expect(pending()).toBe(1);
    jest.advanceTimersByTime(149);
    expect(pending()).toBe(1);
    jest.advanceTimersByTime(1);
    expect(pending()).toBe(0);
    await changed;
  });

  it('other folders that the configuration then names are watched instead', async () => {
    await start(upstreams);
    write(`${upstreams}policies: others\n`);
    made[0]?.say('sallyport.yaml');
    jest.advanceTimersByTime(150);
    await changed;
    expect(open()).toEqual(['', '/others']);
  });

  it('a configuration that is refused is told, and what was watched stays so', async () => {
    await start(upstreams);
    write('upstreams: [\n');
    made[0]?.say('sallyport.yaml');
    jest.advanceTimersByTime(150);
    await changed;
    expect(made).toHaveLength(2);
    expect(open()).toEqual(['', '/policies']);
  });

  it('a watcher that fails is closed, and the failure ends nothing', async () => {
    await start(upstreams);
    made[1]?.emit('error', new Error('gone'));
    expect(open()).toEqual(['']);
  });

  it('after the stop nothing is watched and no change is pending', async () => {
    await start(upstreams);
    made[0]?.say('sallyport.yaml');
    stop();
    expect([open(), pending()]).toEqual([[], 0]);
  });
});
