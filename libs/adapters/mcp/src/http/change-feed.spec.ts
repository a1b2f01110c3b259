import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHttpUpstream } from './http-upstream.ts';

const clock = { now: () => Date.now(), monotonic: () => performance.now() };

describe('a feed of changes that breaks', () => {
  it('is opened again, and what was missed counts as a change', async () => {
    let streams = 0;
    const server = createServer((request, response) => {
      if (request.method === 'GET') {
        streams += 1;
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hi\n\n');
        return void setTimeout(() => response.destroy(), 50);
      }
      request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end(welcome));
    });
    const welcome = '{"jsonrpc":"2.0","id":2,"result":{"protocolVersion":"2025-11-25","capabilities":{}}}';
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const upstream = createHttpUpstream({
      id: 'breaking',
      config: {
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
        ...{ headers: {}, definitions: 'pinned', errors: 'mask', timeout: 1_000, max_response_bytes: 1_000, tools: {} },
      },
      secrets: () => ({}),
      clock,
      log: () => undefined,
    });
    let changes = 0;
    upstream.onToolsChanged(() => (changes += 1));
    for (let waited = 0; waited < 5_000 && streams < 2; waited += 20) await sleep(20);
    expect({ streams, changes }).toEqual({ streams: 2, changes: 1 });
    await upstream.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
