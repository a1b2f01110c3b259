import { setTimeout as pause } from 'node:timers/promises';
import { callInTurn, startClients } from './clients.ts';
import { openLane } from './lane.ts';
import { addFaults, type Tally } from './tally.ts';

/** Blocks of 512 bytes that a file of the house may have; the journal and its log reach that after some hundred calls. */
const blocks = 4_096;
const enoughRefusals = 60;
const longestMs = 60_000;

/** The journal can grow no further: from then on every call is refused, and none runs. Later there is room again. */
export async function fillTheDisk(tally: Tally): Promise<void> {
  const lane = await openLane('full');
  const house = await lane.start(undefined, { shell: `ulimit -f ${blocks}` });
  let refused = 0;
  const clients = startClients(lane.target(house), lane.ledger, 8, ({ reason }) => {
    if (reason === 'audit_unavailable') refused += 1;
  });
  const until = performance.now() + longestMs;
  while (refused < enoughRefusals && performance.now() < until && (await alive(house.ended))) await pause(20);
  await clients.stop();
  if (refused < enoughRefusals) tally.failures.push(`disk full: only ${refused} calls were refused`);
  const effects = await lane.effects();
  const ran = [...lane.ledger.heard].filter(
    ([message, { reason }]) => reason === 'audit_unavailable' && message in effects,
  );
  if (ran.length > 0) tally.failures.push(`disk full: ${ran.length} refused calls ran`);
  await house.kill();
  tally.kills += 1;
  const again = await lane.start();
  addFaults(tally, 'disk full, then room again', await lane.verify(true));
  const heard = await callInTurn(lane.target(again), lane.ledger, 20);
  if (!heard.every(({ ran }) => ran)) tally.failures.push('disk full: calls are refused although there is room again');
  await again.stop();
  addFaults(tally, 'disk full, stopped', await lane.verify(false));
  tally.calls += lane.ledger.sent();
  tally.openings += lane.openings;
  await lane.close();
}

async function alive(ended: Promise<string>): Promise<boolean> {
  return (await Promise.race([ended, pause(0, null)])) === null;
}
