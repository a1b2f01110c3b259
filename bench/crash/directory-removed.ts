import { copyFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { callInTurn, startClients } from './clients.ts';
import { type Lane, openLane } from './lane.ts';
import { addFaults, type Tally } from './tally.ts';

/** What is done to the data directory of a house that serves. */
const ways: readonly (readonly [name: string, act: (data: string) => void])[] = [
  ['the directory is removed', (data) => rmSync(data, { recursive: true })],
  ['the directory is renamed', (data) => renameSync(data, `${data}.away`)],
  ['the log beside the database is removed', (data) => rmSync(join(data, 'journal.db-wal'))],
  ['the database is replaced by a copy', (data) => replace(join(data, 'journal.db'))],
];

function replace(file: string): void {
  copyFileSync(file, `${file}.copy`);
  renameSync(`${file}.copy`, file);
}

/** The journal is taken away under a house that serves: every call from then on is refused, none runs. */
export async function removeTheDirectory(tally: Tally): Promise<void> {
  for (const [at, [name, act]] of ways.entries()) await removeOnce(tally, `removed${at}`, { name, act });
}

async function removeOnce(tally: Tally, id: string, { name, act }: { name: string; act: (data: string) => void }) {
  const lane = await openLane(id);
  const house = await lane.start();
  const before = await callInTurn(lane.target(house), lane.ledger, 50);
  if (!before.every(({ ran }) => ran)) tally.failures.push(`${name}: calls were refused before it`);
  addFaults(tally, `${name}: before it`, await lane.verify(true));
  const clients = startClients(lane.target(house), lane.ledger);
  act(lane.files.data);
  const first = lane.ledger.sent() + 1;
  const heard = await callInTurn(lane.target(house), lane.ledger, 50);
  await clients.stop();
  await nothingRan(tally, lane, { name, first });
  const reasons = new Set(heard.map(({ reason }) => reason));
  if (reasons.size !== 1 || !reasons.has('audit_unavailable'))
    tally.failures.push(`${name}: calls were answered ${[...reasons].join(', ')}`);
  await house.kill();
  tally.kills += 1;
  rmSync(lane.files.data, { recursive: true, force: true });
  lane.forget();
  const again = await lane.start();
  if (!(await callInTurn(lane.target(again), lane.ledger, 10)).every(({ ran }) => ran))
    tally.failures.push(`${name}: a new journal does not serve`);
  await again.stop();
  tally.calls += lane.ledger.sent();
  tally.openings += lane.openings;
  await lane.close();
}

/** Calls that were sent after the act may have done nothing. */
async function nothingRan(tally: Tally, lane: Lane, { name, first }: { name: string; first: number }): Promise<void> {
  const late = Object.keys(await lane.effects()).filter((message) => Number(message.split('-').at(-1)) >= first);
  if (late.length > 0) tally.failures.push(`effect without a durable allow: ${late.length} calls (${name})`);
}
