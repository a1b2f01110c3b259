import { setTimeout as pause } from 'node:timers/promises';
import { callInTurn, startClients } from './clients.ts';
import { openLane } from './lane.ts';
import { addFaults, type Tally } from './tally.ts';

const module = new URL('./programs/clock.program.js', import.meta.url);
const hourMs = 3_600_000;
/** What a call may take in all, and how long it is held up. */
const callTimeout = '1s';
const heldUpMs = 1_500;

/** The wall clock jumps under a house that serves. */
export async function jumpTheClock(tally: Tally): Promise<void> {
  await storm(tally);
  await past(tally, 'back', -hourMs);
  await past(tally, 'nowhere', 0);
}

/** Jumps within a day either way, every few milliseconds: a call runs or is refused, and the record stays whole. */
async function storm(tally: Tally): Promise<void> {
  const lane = await openLane('storm');
  const house = await lane.start({ module, args: [] });
  await house.ask('storm');
  const clients = startClients(lane.target(house), lane.ledger);
  await pause(3_000);
  await clients.stop();
  await house.ask('a day back');
  const heard = await callInTurn(lane.target(house), lane.ledger, 50);
  const refused = heard.filter(({ ran }) => !ran).map(({ reason }) => reason);
  if (refused.length > 0) tally.failures.push(`clock a day back: ${refused.length} calls refused: ${refused[0]}`);
  addFaults(tally, 'clock jumps', await lane.verify(true));
  await house.kill();
  tally.kills += 1;
  const again = await lane.start();
  addFaults(tally, 'clock jumps, started again', await lane.verify(true));
  await again.stop();
  tally.calls += lane.ledger.sent();
  tally.openings += lane.openings;
  await lane.close();
}

/** A call is held up past its deadline before it is sent. Whatever the wall clock says, it may not be sent any more. */
async function past(tally: Tally, where: string, jumpMs: number): Promise<void> {
  const lane = await openLane(`past-${where}`, { callTimeout });
  const house = await lane.start({ module, args: [String(jumpMs), String(heldUpMs)] });
  await callInTurn(lane.target(house), lane.ledger, 2);
  const ran = Object.keys(await lane.effects()).length;
  if (ran > 0)
    tally.failures.push(
      `call run past its deadline: ${ran} of 2 (deadline ${callTimeout}, held up ${heldUpMs} ms, wall clock jumped ${where})`,
    );
  addFaults(tally, `held up, clock jumped ${where}`, await lane.verify(true));
  await house.kill();
  tally.kills += 1;
  tally.calls += lane.ledger.sent();
  tally.openings += lane.openings;
  await lane.close();
}
