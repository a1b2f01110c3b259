import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import {
  ANN,
  anyTool,
  connectAsked,
  faultsIn,
  freePort,
  makeScratch,
  recordedOf,
  startScriptedUpstream,
  trusted,
} from '@sallyport/testing/harness';

/** What the SDK's clients wait before they send a signal. */
const TIMEOUT_MS = 2_000;

it('a connection to the admin API that never sent anything does not keep the program from recording its end in time', async () => {
  const upstream = await startScriptedUpstream([anyTool('run')]);
  const port = await freePort();
  const scratch = makeScratch({
    config: {
      listen: `127.0.0.1:${port}`,
      ...trusted(upstream.url),
    },
  });
  const client = await connectAsked({ config: scratch.config, cwd: '/' }, ANN.token);
  await client.call('up__run');
  const socket: Socket = connect(port, '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect');
  const since = performance.now();
  await client.close();
  expect(performance.now() - since).toBeLessThan(TIMEOUT_MS);
  expect([faultsIn(scratch.data), recordedOf(scratch.data, 'gateway.stopped')]).toEqual([[], [expect.anything()]]);
  socket.destroy();
  scratch.remove();
  upstream.close();
});
