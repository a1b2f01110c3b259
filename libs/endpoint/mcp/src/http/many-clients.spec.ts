import { Agent, request, type IncomingMessage } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { until } from '@sallyport/testing';
import { people } from '../testing/fake-gateway.ts';
import { runEndpoint, type RunningEndpoint } from '../testing/running-endpoint.ts';

const alice = people['alice'];
/** Each token is somebody else's. */
const anybody = {
  authenticate(header: string | undefined) {
    if (alice === undefined) throw new Error('nobody');
    const subject = { ...alice.subject, id: (header ?? '').replace('Bearer ', '') };
    return Promise.resolve({ ...alice, subject });
  },
};
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function used(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

describe('many clients', () => {
  let run: RunningEndpoint;
  beforeEach(async () => {
    run = await runEndpoint({ identity: anybody, sessions: { remembered: 100 } });
  });
  afterEach(() => run.close());

  it('that open sessions and never end them take no memory', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    const visit = (who: number) =>
      new Promise<void>((resolve, reject) => {
        const params = { protocolVersion: '2025-11-25', capabilities: { sampling: {} }, clientInfo: { name: 'x' } };
        const headers = { authorization: `Bearer ${who}`, 'content-type': 'application/json' };
        const options = { agent, port: run.port, host: '127.0.0.1', method: 'POST', path: '/mcp', headers };
        const outgoing = request(options, (response) => response.resume().on('end', resolve));
        outgoing.on('error', reject);
        outgoing.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }));
      });
    const visits = async (from: number, count: number) => {
      for (let at = from; at < from + count; at += 100)
        await Promise.all(Array.from({ length: 100 }, (_, one) => visit(at + one)));
    };
    await visits(0, 2_000);
    const before = used();
    await visits(2_000, 10_000);
    expect((used() - before) / 10_000).toBeLessThan(600); // a session that was kept takes more than a kilobyte
    agent.destroy();
  });

  it('that only listen take some kilobytes each, and end when they go', async () => {
    const count = 1_000;
    const streams: IncomingMessage[] = [];
    const listen = (who: number) =>
      new Promise<void>((resolve, reject) => {
        const headers = {
          authorization: `Bearer listener-${who}`,
          accept: 'text/event-stream',
          'mcp-protocol-version': '2025-11-25',
        };
        const options = { agent: false, port: run.port, host: '127.0.0.1', path: '/mcp', headers } as const;
        const outgoing = request(options, (response) => {
          streams.push(response.on('error', () => undefined).resume());
          resolve();
        });
        outgoing.on('error', reject);
        outgoing.end();
      });
    await listen(-1);
    const before = used();
    for (let at = 0; at < count; at += 50) await Promise.all(Array.from({ length: 50 }, (_, one) => listen(at + one)));
    expect(run.endpoint.inFlight).toBeGreaterThanOrEqual(count);
    // Both ends are in this process.
    expect((used() - before) / count).toBeLessThan(100_000);
    for (const stream of streams) stream.destroy();
    await until(() => run.endpoint.inFlight === 0);
  });
});
