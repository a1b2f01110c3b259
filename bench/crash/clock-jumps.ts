import { setTimeout as pause } from 'node:timers/promises';
import { callSerialized, startClients } from './calling-clients.ts';
import { openCrashRun } from './crash-run.ts';
import { addFaults, type Totals } from './totals.ts';

const module = new URL('./programs/clock.program.js', import.meta.url);
const hourMs = 3_600_000;
/** What a call may take in all, and how long it is held up. */
const callTimeout = '1s';
const heldUpMs = 1_500;

/** The wall clock jumps under an instance that serves. */
export async function jumpTheClock(totals: Totals): Promise<void> {
  await storm(totals);
  await past(totals, 'back', -hourMs);
  await past(totals, 'nowhere', 0);
}

/** Jumps within a day either way, every few milliseconds: a call runs or is refused, and the record stays whole. */
async function storm(totals: Totals): Promise<void> {
  const run = await openCrashRun('storm');
  const sallyport = await run.start({ module, args: [] });
  await sallyport.ask('storm');
  const clients = startClients(run.target(sallyport), run.clients);
  await pause(3_000);
  await clients.stop();
  await sallyport.ask('a day back');
  const heard = await callSerialized(run.target(sallyport), run.clients, 50);
  const refused = heard.filter(({ ran }) => !ran).map(({ reason }) => reason);
  if (refused.length > 0) totals.failures.push(`clock a day back: ${refused.length} calls refused: ${refused[0]}`);
  addFaults(totals, 'clock jumps', await run.verify(true));
  await sallyport.kill();
  totals.kills += 1;
  const again = await run.start();
  addFaults(totals, 'clock jumps, started again', await run.verify(true));
  await again.stop();
  totals.calls += run.clients.sent();
  totals.openings += run.openings;
  await run.close();
}

/** A call is held up past its deadline before it is sent. Whatever the wall clock says, it may not be sent any more. */
async function past(totals: Totals, where: string, jumpMs: number): Promise<void> {
  const run = await openCrashRun(`past-${where}`, { callTimeout });
  const sallyport = await run.start({ module, args: [String(jumpMs), String(heldUpMs)] });
  await callSerialized(run.target(sallyport), run.clients, 2);
  const ran = Object.keys(await run.effects()).length;
  if (ran > 0)
    totals.failures.push(
      `call run past its deadline: ${ran} of 2 (deadline ${callTimeout}, held up ${heldUpMs} ms, wall clock jumped ${where})`,
    );
  addFaults(totals, `held up, clock jumped ${where}`, await run.verify(true));
  await sallyport.kill();
  totals.kills += 1;
  totals.calls += run.clients.sent();
  totals.openings += run.openings;
  await run.close();
}
