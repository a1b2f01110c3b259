import { setTimeout as pause } from 'node:timers/promises';
import { callSerialized, startClients } from './calling-clients.ts';
import { openCrashRun } from './crash-run.ts';
import { addFaults, type Totals } from './totals.ts';

/** Blocks of 512 bytes that a file of Sallyport may have; the journal and its log reach that after some hundred calls. */
const blocks = 4_096;
const enoughRefusals = 60;
const longestMs = 60_000;

/** The journal can grow no further: from then on every call is refused, and none runs. Later there is room again. */
export async function fillTheDisk(totals: Totals): Promise<void> {
  const run = await openCrashRun('full');
  const sallyport = await run.start(undefined, { shell: `ulimit -f ${blocks}` });
  let refused = 0;
  const clients = startClients(run.target(sallyport), run.clients, 8, ({ reason }) => {
    if (reason === 'audit_unavailable') refused += 1;
  });
  const until = performance.now() + longestMs;
  while (refused < enoughRefusals && performance.now() < until && (await alive(sallyport.ended))) await pause(20);
  await clients.stop();
  if (refused < enoughRefusals) totals.failures.push(`disk full: only ${refused} calls were refused`);
  const effects = await run.effects();
  const ran = [...run.clients.heard].filter(
    ([message, { reason }]) => reason === 'audit_unavailable' && message in effects,
  );
  if (ran.length > 0) totals.failures.push(`disk full: ${ran.length} refused calls ran`);
  await sallyport.kill();
  totals.kills += 1;
  const again = await run.start();
  addFaults(totals, 'disk full, then room again', await run.verify(true));
  const heard = await callSerialized(run.target(again), run.clients, 20);
  if (!heard.every(({ ran }) => ran)) totals.failures.push('disk full: calls are refused although there is room again');
  await again.stop();
  addFaults(totals, 'disk full, stopped', await run.verify(false));
  totals.calls += run.clients.sent();
  totals.openings += run.openings;
  await run.close();
}

async function alive(ended: Promise<string>): Promise<boolean> {
  return (await Promise.race([ended, pause(0, null)])) === null;
}
