import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { IdentityRefusal } from '@sallyport/contracts';
import { people } from '../testing/fake-gateway.ts';
import { type RunningEndpoint, runEndpoint } from '../testing/running-endpoint.ts';

const chunks = (count: number, size: number) => `${size.toString(16)}\r\n${' '.repeat(size)}\r\n`.repeat(count);

describe('a body', () => {
  let run: RunningEndpoint;
  beforeEach(async () => {
    run = await runEndpoint();
  });
  afterEach(() => run.close());

  const open = (...more: string[]) => {
    const socket = connect(run.port, '127.0.0.1').on('error', () => undefined);
    const own = [`Host: 127.0.0.1:${run.port}`, 'Authorization: Bearer alice', 'Content-Type: application/json'];
    socket.write(['POST /mcp HTTP/1.1', ...own, ...more, '', ''].join('\r\n'));
    const closed = new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (piece: Buffer) => (text += piece.toString())).on('close', () => resolve(text));
    });
    return { socket, closed };
  };
  it.each([
    ['tiny pieces without end', chunks(5_000, 1), ['too_many_pieces', 413]],
    ['as many tiny pieces, and an end', `${chunks(5_000, 1)}0\r\n\r\n`, ['too_many_pieces', 413]],
    ['fewer tiny pieces', `${chunks(4_000, 1)}0\r\n\r\n`, ['syntax', 400]],
    ['as many of a size', `${chunks(5_000, 300)}0\r\n\r\n`, ['too_large', 413]],
  ] as const)('in %s', async (_, body, [reason, status]) => {
    const { socket, closed } = open('Transfer-Encoding: chunked', 'Connection: close');
    socket.write(body);
    const text = await closed;
    expect(text).toContain(`HTTP/1.1 ${status} `);
    expect(text.includes('more than 4096 pieces')).toBe(reason === 'too_many_pieces');
    expect(run.gateway.refusals).toEqual([reason]);
  });

  it('that has no room is read no further, and its connection ends', async () => {
    run.gateway.wait = 1_500;
    const { socket, closed } = open('Transfer-Encoding: chunked');
    const pump = () => {
      while (socket.writable && socket.write(chunks(10, 65_536)));
    };
    socket.on('drain', pump);
    pump();
    expect(await closed).toMatch(/^HTTP\/1.1 429 [^]*connection: close/i);
  });

  it('whose client has gone before it is asked for is not waited for', async () => {
    await run.close();
    const asked = Promise.withResolvers<undefined>();
    const known = Promise.withResolvers<NonNullable<(typeof people)[string]> | IdentityRefusal>();
    run = await runEndpoint({ identity: { authenticate: () => (asked.resolve(undefined), known.promise) } });
    const connected = once(run.server, 'connection') as Promise<[Socket]>;
    const { socket } = open('Content-Length: 10');
    const [served] = await connected;
    const closed = new Promise((resolve) => served.on('close', resolve));
    await asked.promise;
    socket.destroy();
    await closed;
    known.resolve(people['alice'] as NonNullable<(typeof people)[string]>);
    await run.endpoint.drain();
    expect(run.endpoint.inFlight).toBe(0);
  });
});
