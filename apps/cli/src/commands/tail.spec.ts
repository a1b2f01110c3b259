import { type FakeAdmin, startFakeAdmin, TOKEN } from '../../test/fake-admin.ts';
import type { Context } from '../context.ts';
import { run } from '../run.ts';

let admin: FakeAdmin;
beforeAll(async () => void (admin = await startFakeAdmin()));
afterAll(() => admin.close());

/** What stands on a terminal when something was noted; then Ctrl-C. */
async function noted(...args: string[]): Promise<string> {
  const stop = new AbortController();
  let text = '';
  const stream = (heard: () => void) =>
    ({ isTTY: true, write: (more: string) => ((text += more), heard(), true) }) as object as NodeJS.WriteStream;
  const context: Context = {
    stdin: process.stdin,
    stdout: stream(() => undefined),
    stderr: stream(() => stop.abort()),
    env: {},
    cwd: '/',
    signal: stop.signal,
  };
  await run(['tail', '--url', admin.url, '--token', TOKEN, ...args], context);
  return text;
}

it.each([
  [[], 'decisions and questions', 'from now on'],
  [['--deny', '--tool', 'files/read', '--user', 'ann'], 'refusals', 'from now on'],
  [['--from-start', '--all'], 'all events', 'from the first on record'],
  [['--since', '2h'], 'decisions and questions', 'since 2h'],
])('says on a terminal what it follows with %j', async (args, what, from) => {
  const chosen = args.includes('--tool') ? ' (tool files/read, user ann)' : '';
  expect(await noted(...args)).toBe(`Following ${what} at ${admin.url}${chosen}, ${from}. Ctrl-C ends this.\n`);
});
