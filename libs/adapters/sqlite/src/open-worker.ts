import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { JournalUnavailable } from '@sallyport/contracts';
import { JournalDamaged, JournalLocked, JournalTooNew } from './errors.ts';
import type { Opening, WorkerOptions } from './wire.ts';

// The worker lies beside this file: as `.ts` from source (Node strips its types), as `.js` once built.
const fromSource = import.meta.url.endsWith('.ts');
const workerUrl = new URL(`./sqlite.worker.${fromSource ? 'ts' : 'js'}`, import.meta.url);
const execArgv = fromSource
  ? ['--conditions=@sallyport/source', '--disable-warning=ExperimentalWarning']
  : ['--disable-warning=ExperimentalWarning'];

/** Batches are short-lived; a small nursery keeps tens of megabytes of dead ones from lying around. */
const resourceLimits = { maxYoungGenerationSizeMb: 8 };

/**
 * Starts the thread that owns the database, and waits until it is open.
 *
 * @throws JournalLocked, JournalTooNew, JournalDamaged or JournalUnavailable
 */
export async function openWorker(options: WorkerOptions): Promise<Worker> {
  const worker = new Worker(workerUrl, { execArgv, workerData: options, name: 'journal', resourceLimits });
  const opening = await firstMessage(worker);
  if (opening.status === 'open') return worker;
  await worker.terminate();
  throw refusal(options.directory, opening);
}

async function firstMessage(worker: Worker): Promise<Opening> {
  try {
    const [opening]: Opening[] = await once(worker, 'message');
    return opening ?? { status: 'failed', message: 'the worker said nothing' };
  } catch (error) {
    return { status: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

function refusal(directory: string, opening: Exclude<Opening, { status: 'open' }>): Error {
  switch (opening.status) {
    case 'locked':
      return new JournalLocked(directory, opening.pid);
    case 'too_new':
      return new JournalTooNew(directory, opening);
    case 'damaged':
      return new JournalDamaged(directory, opening.detail);
    case 'failed':
      return new JournalUnavailable(`The journal in ${directory} can't be opened: ${opening.message}`);
  }
}
