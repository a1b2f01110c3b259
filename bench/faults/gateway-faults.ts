import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Endpoint, Deployment } from './deployment.ts';
import { clearly, noneRefused, round, type FaultSetup, slowest } from './judge-faults.ts';
import { startLoad } from './load.ts';

/** Past the deadline of every call in hand, and past the lease on its reply partition. */
const asleepMs = 18_000;
/** Calls that the third of three gateways must see, and the longest that it is there. */
const thirdCalls = 20;
const thirdMs = 10_000;
/** A gateway's lease runs out after 15 s, and audit looks for what is open each 30 s. */
const sweptWithinMs = 50_000;

/** Two gateways at once, a third that comes and goes: each client gets the answer to its own call. */
export async function twoGateways(setup: FaultSetup): Promise<string> {
  const { sallyport } = setup;
  const load = startLoad(sallyport, { callers: 12, everyMs: 5 });
  await pause(2_000);
  const third = await sallyport.openEndpoint();
  const through = (): number => load.seen.filter(({ endpoint }) => endpoint === third).length;
  for (const until = performance.now() + thirdMs; performance.now() < until && through() < thirdCalls;) await pause(50);
  await sallyport.leaveEndpoint(third);
  await third.program.stop();
  await pause(500);
  await load.stop();
  noneRefused(setup, load.seen, 'over three gateways');
  if (through() < thirdCalls) setup.fail(`only ${through()} calls came through the third gateway`);
  return `${load.seen.length} calls, ${through()} of them through the third`;
}

/** A gateway stops in the middle of its calls and wakes when they are past their deadline and its place is taken. */
export async function zombieGateway(setup: FaultSetup): Promise<string> {
  const { sallyport, fail } = setup;
  const [zombie] = sallyport.endpoints as readonly [Endpoint, ...Endpoint[]];
  const load = startLoad(sallyport, { callers: 16, everyMs: 0 });
  await pause(1_500);
  zombie.program.signal('SIGSTOP');
  await sallyport.leaveEndpoint(zombie);
  await pause(asleepMs);
  await sallyport.openEndpoint(); // takes the place that came free
  const before = await decidedAndDone(sallyport);
  zombie.program.signal('SIGCONT');
  await pause(2_000);
  await load.stop();
  const after = await decidedAndDone(sallyport);
  const late = [...before.decided].filter((message) => after.done[message] !== before.done[message]);
  if (late.length > 0) fail(`call run after its deadline: ${late.length}`);
  clearly(
    setup,
    load.seen.filter(({ endpoint }) => endpoint !== zombie),
    [],
  );
  const code = await zombie.program.stop();
  if (code !== 0) fail(`the gateway that had slept ended with ${code}`);
  return `asleep with ${load.seen.filter(({ endpoint, ended, began }) => endpoint === zombie && ended - began > 10_000).length} calls`;
}

/** Messages that are decided by now, and what the upstream did for them. */
async function decidedAndDone(sallyport: Deployment) {
  await sallyport.record.read();
  const decided = new Set([...sallyport.record.calls.values()].map(({ message }) => message ?? ''));
  return { decided, done: (await sallyport.upstream.stats()).effects };
}

/** kill -9 of gateways: one has outcomes that audit could not take, one has calls that run upstream. */
export async function killGateways(setup: FaultSetup): Promise<string> {
  return `${await killWithSpool(setup)}; ${await killWithOpenCalls(setup)}`;
}

/** Each call of a gateway that is gone becomes `call.outcome_unknown`, and none runs again. */
async function killWithOpenCalls({ sallyport, fail }: FaultSetup): Promise<string> {
  const [endpoint] = sallyport.endpoints as readonly [Endpoint, ...Endpoint[]];
  const load = startLoad(sallyport, { callers: 10, everyMs: 0 });
  await pause(1_500);
  process.kill(sallyport.upstream.pid, 'SIGSTOP');
  await pause(500);
  const killedAt = performance.now();
  endpoint.program.signal('SIGKILL');
  await endpoint.program.ended;
  process.kill(sallyport.upstream.pid, 'SIGCONT');
  await pause(1_000);
  await load.stop();
  const open = await openCalls(sallyport);
  if (open.length === 0) fail('the gateway had no open call when it was killed');
  await sallyport.openEndpoint();
  const left = await swept(sallyport, killedAt + sweptWithinMs);
  if (left > 0) fail(`allow without an outcome after the sweep: ${left} calls of a killed gateway`);
  return `${open.length} calls were open, all of them said to be unknown after ${round(performance.now() - killedAt)} ms`;
}

/** Ids of calls that were allowed and have no end. */
async function openCalls({ record }: Deployment): Promise<readonly string[]> {
  await record.read();
  return [...record.calls]
    .filter(([, { decision, then }]) => decision === 'allow' && then.length === 0)
    .map(([id]) => id);
}

/** Waits until no call is open; resolves with how many are. */
async function swept(sallyport: Deployment, until: number): Promise<number> {
  for (;;) {
    const { length } = await openCalls(sallyport);
    if (length === 0 || performance.now() > until) return length;
    await pause(250);
  }
}

/** The next gateway over the same data directory brings the outcomes that were spooled. */
async function killWithSpool(setup: FaultSetup): Promise<string> {
  const { sallyport, fail } = setup;
  const { postgres } = sallyport.servers;
  const [endpoint] = sallyport.endpoints as readonly [Endpoint, ...Endpoint[]];
  const load = startLoad(sallyport, { callers: 10, everyMs: 0 });
  await pause(1_500);
  process.kill(sallyport.upstream.pid, 'SIGSTOP');
  await pause(500);
  await postgres.pause();
  process.kill(sallyport.upstream.pid, 'SIGCONT');
  const spooled = await linesWithin(spoolOf(sallyport, endpoint), 8_000);
  endpoint.program.signal('SIGKILL');
  await endpoint.program.ended;
  await postgres.unpause();
  const again = await sallyport.openEndpoint(endpoint.config);
  await pause(1_000);
  await load.stop();
  if (spooled === 0) fail('no outcome was spooled');
  if (linesOf(spoolOf(sallyport, again)) > 0) fail('the spool was not emptied by the next gateway');
  clearly(setup, load.seen, ['cut off', 'audit_unavailable', 'timed_out', 'ran_unrecorded']);
  return `${spooled} outcomes were spooled, and are on record; slowest call ${round(slowest(load.seen))} ms`;
}

function spoolOf({ site }: Deployment, { config }: Endpoint): string {
  const data = /^data: (.*)$/m.exec(readFileSync(config, 'utf8'))?.[1] ?? '';
  return join(site.directory, data, 'spool', 'spool.jsonl');
}

function linesOf(file: string): number {
  return readFileSync(file, 'utf8').split('\n').length - 1;
}

/** Waits for the first lines, and for those that come with them. */
async function linesWithin(file: string, ms: number): Promise<number> {
  for (const until = performance.now() + ms; performance.now() < until && linesOf(file) === 0;) await pause(50);
  await pause(300);
  return linesOf(file);
}
