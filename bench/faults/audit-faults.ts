import { setTimeout as pause } from 'node:timers/promises';
import { listenToFeed } from './feed-faults.ts';
import { noneDelayed, noneRefused, round, type FaultSetup, slowest, usual } from './judge-faults.ts';
import { startLoad } from './load.ts';

const baselineMs = 3_000;
/** Longer than the group waits for a member, and than the lease of the process that relays the feed. */
const asleepMs = 9_000;
/** A lease of 5 s, and a moment to take it. */
const relayWithinMs = 10_000;

/** An audit stops with calls in hand, others take its place, and it wakes and goes on: the record stays one log. */
export async function zombieAudit(setup: FaultSetup): Promise<string> {
  const { sallyport } = setup;
  const load = startLoad(sallyport);
  await pause(baselineMs);
  const usualMs = usual(load.seen);
  const from = load.seen.length;
  const [zombie] = sallyport.cluster.of('audit');
  zombie?.signal('SIGSTOP');
  await pause(asleepMs);
  zombie?.signal('SIGCONT');
  await pause(3_000);
  await load.stop();
  const hit = load.seen.slice(from);
  noneRefused(setup, hit, 'an audit slept and woke');
  noneDelayed(setup, hit, { usualMs, where: 'an audit slept and woke' });
  return `usual ${round(usualMs)} ms, slowest ${round(slowest(hit))} ms`;
}

/** Both audits die, one after the other has come again: decisions go on, and so does the feed, without a gap. */
export async function failOver(setup: FaultSetup): Promise<string> {
  const { sallyport } = setup;
  const feed = await listenToFeed(sallyport);
  try {
    const load = startLoad(sallyport);
    await pause(baselineMs);
    const usualMs = usual(load.seen);
    for (const audit of sallyport.cluster.of('audit')) {
      const from = load.seen.length;
      audit.signal('SIGKILL');
      await pause(7_500);
      noneDelayed(setup, load.seen.slice(from), { usualMs, where: 'audit killed' });
      await sallyport.complete();
    }
    await load.stop();
    noneRefused(setup, load.seen, 'audits killed one after the other');
    return `usual ${round(usualMs)} ms, slowest ${round(slowest(load.seen))} ms; ${await complete(setup, feed.numbers)}`;
  } finally {
    await feed.close();
  }
}

/** The feed must hold every number from the first that was heard to the last on record. */
async function complete({ sallyport, fail }: FaultSetup, numbers: ReadonlySet<number>): Promise<string> {
  await sallyport.record.read();
  const last = sallyport.record.sizes.get('bench') ?? 0;
  const first = Math.min(...numbers);
  const missing = (): number[] =>
    Array.from({ length: last - first + 1 }, (_, at) => first + at).filter((number) => !numbers.has(number));
  const until = performance.now() + relayWithinMs;
  while (missing().length > 0 && performance.now() < until) await pause(100);
  if (numbers.size === 0 || missing().length > 0) fail(`feed not whole: ${missing().length} records are missing`);
  return `feed whole from ${first} to ${last}`;
}
