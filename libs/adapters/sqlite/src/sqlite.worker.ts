import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { takeLock } from './lock.ts';
import { messageOf, openStore, Store } from './store.ts';
import type { Opening, Request, WorkerOptions } from './wire.ts';

/** Requests that share one transaction at most; bounds how long the first of them waits. */
const MAX_BATCH = 512;

const options: WorkerOptions = workerData;
const port = parentPort;
if (port) port.postMessage(open());

function open(): Opening {
  try {
    const lock = takeLock(options.directory);
    if (lock.status === 'taken') return { status: 'locked', pid: lock.pid };
    const store = openStore(options);
    if (!(store instanceof Store)) {
      lock.release();
      return store;
    }
    port?.on('message', (first: Request[]) => serve(store, first, lock.release));
    return { status: 'open' };
  } catch (error) {
    return { status: 'failed', message: messageOf(error) };
  }
}

/** Takes along whatever came in while the last transaction was being synced. */
function serve(store: Store, first: Request[], release: () => void): void {
  const batch = first;
  while (port && batch.length < MAX_BATCH) {
    const more: { message: Request[] } | undefined = receiveMessageOnPort(port);
    if (!more) break;
    batch.push(...more.message);
  }
  const replies = store.answer(batch);
  if (batch.some(([kind]) => kind === 'close')) {
    release();
    port?.removeAllListeners('message');
  }
  port?.postMessage(replies);
}
