import { type FakeAdmin, startFakeAdmin, TOKEN } from '../../test/fake-admin.ts';
import type { Context } from '../context.ts';
import { run } from '../run.ts';

let admin: FakeAdmin;
beforeAll(async () => void (admin = await startFakeAdmin()));
afterAll(() => admin.close());

const digest = `sha256:${'b'.repeat(43)}`;

/** What is written, to a terminal or a pipe, and the exit code. */
async function shown(of: string, isTTY: boolean): Promise<readonly [unknown, string]> {
  let text = '';
  const stream = { isTTY, write: (more: string) => ((text += more), true) } as object as NodeJS.WriteStream;
  const signal = new AbortController().signal;
  const context: Context = { stdin: process.stdin, stdout: stream, stderr: stream, env: {}, cwd: '/', signal };
  return [await run(['text', of, '--url', admin.url, '--token', TOKEN], context), text];
}

it('ends with 1 for a text that nobody kept', async () => {
  expect((await shown('sha256:none', true))[0]).toBe(1);
});

it('shows each policy of a set on a terminal, with nothing that steers it', async () => {
  expect(await shown(digest, true)).toEqual([0, 'permit (<U+001B>[2J);\nforbid;\n']);
});

it('gives a pipe the very text that was hashed', async () => {
  const [code, json] = await shown(digest, false);
  expect([code, JSON.parse(json)]).toEqual([0, { digest, text: '["permit (\\u001b[2J);\\n","forbid;"]' }]);
});
