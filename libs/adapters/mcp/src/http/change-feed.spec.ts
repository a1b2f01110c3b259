import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '@sallyport/testing';
import { upstreamAt } from '../../test/http-upstream.ts';
import type { ManagedUpstream } from '../managed-upstream.ts';

let server: Server;
let upstream: ManagedUpstream;
let changes: number;

/** A legacy server that welcomes everybody; `stream` answers its GET. */
async function listen(port: number, stream: (response: ServerResponse) => void): Promise<number> {
  server = createServer((request, response) => {
    if (request.method === 'GET') stream(response);
    else void welcome(request, response);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function welcome(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { id, method } = JSON.parse(Buffer.concat(chunks).toString()) as { id?: number; method: string };
  const answer =
    method === 'initialize'
      ? { result: { protocolVersion: '2025-11-25', capabilities: {} } }
      : { error: { code: -32601, message: 'Method not found' } };
  response
    .writeHead(200, { 'content-type': 'application/json' })
    .end(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
}

function connect(port: number): void {
  upstream = upstreamAt(`http://127.0.0.1:${port}/`);
  changes = 0;
  upstream.onChanged((kind) => void (changes += kind === 'tool' ? 1 : 0));
}

async function stop(): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

afterEach(async () => {
  await upstream.close();
  await stop();
});

describe('a feed of changes', () => {
  it('that breaks is opened again, and what was missed counts as a change', async () => {
    let streams = 0;
    const port = await listen(0, (response) => {
      const broken = ++streams === 1;
      response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .write(': hi\n\n', () => broken && response.destroy());
    });
    connect(port);
    await until(() => streams === 2 && changes === 1);
  });

  it.each([
    [
      'with a stream',
      (response: ServerResponse) =>
        void response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n'),
    ],
    ['without a stream', (response: ServerResponse) => void response.writeHead(405).end()],
  ])('tells when a server %s that was down comes up', async (_, stream) => {
    const port = await listen(0, stream);
    await stop();
    connect(port);
    await expect(upstream.list('tool')).rejects.toMatchObject({ code: 'upstream_unavailable' });
    await listen(port, stream);
    await until(() => changes === 1);
  });

  it('tells nothing when all is well', async () => {
    let refused = false;
    connect(await listen(0, (response) => void response.writeHead(405).end(() => (refused = true))));
    await until(() => refused);
    expect(await upstream.list('tool')).toEqual([]); // a whole exchange behind it
    expect(changes).toBe(0);
  });
});
