import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { WaitingQuestion } from '@sallyport/approvals';
import { makeFiles } from '../test/fixture.ts';
import { createNotices } from './notices.ts';

const files = makeFiles();
afterAll(() => files.remove());

const question: WaitingQuestion = {
  ...{ id: 'a1', event: 'e1', tenant: 'acme', upstream: 'up', tool: 'run\u001B[2J it' },
  needs: [],
  requestedAt: 0,
  decideBy: 60_000,
};

/** Notices to this address; `heard` resolves when the first attempt failed. */
async function opened(url: string | null, approveWith: string | null = null) {
  writeFileSync(join(dirname(files.file), 'secret'), 'the secret of the receiver');
  const notify = { url: url ?? '', secret: { file: url?.startsWith('https:') === true ? 'absent' : 'secret' } };
  files.write(url === null ? {} : { approvals: { notify: { ...notify, private: true } } });
  const loaded = await files.load();
  const { promise: heard, resolve } = Promise.withResolvers<string>();
  const notices = createNotices({
    waiting: () => [question],
    loaded: () => loaded,
    approveWith: () => approveWith,
    observer: { incident: (what, detail) => resolve(`${what} ${detail}`) },
    clock: { now: () => 0, monotonic: () => 0 },
  });
  return { notices, heard };
}

/** A receiver of one message. */
async function receiving(status: number) {
  const { promise: message, resolve } = Promise.withResolvers<string>();
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      response.writeHead(status).end();
      resolve(Buffer.concat(parts).toString('utf8'));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  function close(): void {
    server.close();
    server.closeAllConnections();
  }
  return { url: `http://127.0.0.1:${port}/secret-path`, message, close };
}

describe('questions told to a webhook', () => {
  it('are told to nobody where none is configured, and nothing is found of it', async () => {
    const { notices } = await opened(null);
    notices.round();
    expect(notices.findings()).toEqual([]);
    notices.stop();
  });

  it('say what waits and how to answer, with nothing in it that steers a terminal', async () => {
    const { url, message, close } = await receiving(204);
    const { notices } = await opened(url, 'sallyport approve a1');
    notices.round();
    const body = JSON.parse(await message) as { text: string; data: object };
    expect(body.text).toMatch(/^up\/run[?2J]+it waits for .*\(a1\).* Answer with: sallyport approve a1$/);
    expect(body.data).toMatchObject({ approval: 'a1', tenant: 'acme', command: 'sallyport approve a1' });
    expect(notices.findings()).toMatchObject([{ about: 'approvals.notify', fires: true }]);
    notices.stop();
    close();
  });

  it('that a receiver refuses are an incident and a finding, without the path', async () => {
    const { url, close } = await receiving(500);
    const { notices, heard } = await opened(url);
    notices.round();
    expect(await heard).toMatch(/^question_not_told 127\.0\.0\.1:\d+ answered 500$/);
    const [finding] = notices.findings();
    expect(finding).toMatchObject({ fires: false, hint: expect.stringContaining('approvals.notify') });
    expect(finding?.detail).not.toContain('secret-path');
    notices.stop();
    close();
  });

  it('whose secret is not there are an incident that names the setting', async () => {
    const { notices, heard } = await opened('https://hooks.test/secret-path');
    notices.round();
    expect(await heard).toMatch(/^question_not_told .*secret/);
    notices.stop();
  });
});
