import 'reflect-metadata';
import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { createLogger } from '@sallyport/service';
import { serve, type Served, systemClock } from '@sallyport/wiring';
import { speak } from '../../src/programs/speak.ts';

// The product with a wall clock that jumps. Its monotonic clock is the machine's.
// Arguments: configuration, and for the moment between the record and the send: milliseconds to jump, milliseconds to wait.
const [config = '', jumpMs = '0', waitMs = '0'] = process.argv.slice(2);

let offset = 0;
const now = systemClock.now.bind(systemClock);
systemClock.now = () => now() + offset;

const served = await serve({
  config,
  logger: createLogger({ level: 'silent' }),
  signals: false,
  listen: '127.0.0.1:0',
});
if (Number(waitMs) > 0) delayAllowed(served, { jumpMs: Number(jumpMs), waitMs: Number(waitMs) });

let storm: NodeJS.Timeout | undefined;
const dayMs = 86_400_000;
speak(served.url, () => served.stop(), {
  storm() {
    storm = setInterval(() => (offset = randomInt(-dayMs, dayMs)), 5);
  },
  'a day back'() {
    clearInterval(storm);
    offset = -dayMs;
  },
});

/** The clock jumps, and time passes, after a decision is on record and before its call is sent. */
function delayAllowed({ stores: { journal } }: Served, { jumpMs, waitMs }: { jumpMs: number; waitMs: number }): void {
  const commit = journal.commit.bind(journal);
  journal.commit = async (request) => {
    const committed = await commit(request);
    if (!request.commandId.startsWith('decided/')) return committed;
    offset += jumpMs;
    await pause(waitMs);
    return committed;
  };
}
