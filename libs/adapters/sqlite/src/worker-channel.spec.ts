import { Worker } from 'node:worker_threads';
import { WorkerChannel } from './worker-channel.ts';

const UNAVAILABLE = { code: 'journal_unavailable' };
const DEAF = 'setInterval(() => {}, 1000)';
/** Stands still for 150 ms at the first message, as a thread does in a slow sync; answers with a running number. */
const SLOW = `
  const { parentPort } = require('node:worker_threads');
  let heard = 0;
  parentPort.on('message', (requests) => {
    if (heard === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 150);
    parentPort.postMessage(requests.map(() => ++heard));
  });`;
const DYING = `require('node:worker_threads').parentPort.on('message', () => { throw new Error('out of memory'); })`;

let worker: Worker;
afterEach(() => worker.terminate());

function channelTo(script: string, deadlineMs: number): WorkerChannel {
  worker = new Worker(script, { eval: true });
  return new WorkerChannel(worker, { deadlineMs });
}

describe('WorkerChannel', () => {
  it('gives up at the deadline when the worker hangs', async () => {
    const channel = channelTo(DEAF, 50);
    const all = await Promise.allSettled([channel.ask(['tenants']), channel.ask(['tenants'])]);
    expect(all).toMatchObject([
      { status: 'rejected', reason: UNAVAILABLE },
      { status: 'rejected', reason: UNAVAILABLE },
    ]);
  });

  it('gives each asker its own reply after one was given up', async () => {
    const channel = channelTo(SLOW, 100);
    await new Promise((resolve) => worker.once('online', resolve));
    await expect(channel.ask(['tenants'])).rejects.toMatchObject(UNAVAILABLE);
    expect(await Promise.all([channel.ask(['tenants']), channel.ask(['tenants'])])).toEqual([2, 3]);
  });

  it('refuses what is under way and what comes later when the worker dies', async () => {
    const channel = channelTo(DYING, 5_000);
    const under = Promise.allSettled([channel.ask(['tenants']), channel.ask(['tenants'])]);
    expect(await under).toMatchObject([{ reason: UNAVAILABLE }, { reason: UNAVAILABLE }]);
    await expect(channel.ask(['tenants'])).rejects.toMatchObject({ message: expect.stringContaining('out of memory') });
  });
});
