import { copyFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { callSerialized, startClients } from './calling-clients.ts';
import { type CrashRun, openCrashRun } from './crash-run.ts';
import { addFaults, type Totals } from './totals.ts';

/** What is done to the data directory of an instance that serves. */
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

/** The journal is taken away under an instance that serves: every call from then on is refused, none runs. */
export async function removeTheDirectory(totals: Totals): Promise<void> {
  for (const [at, [name, act]] of ways.entries()) await removeOnce(totals, `removed${at}`, { name, act });
}

async function removeOnce(totals: Totals, id: string, { name, act }: { name: string; act: (data: string) => void }) {
  const run = await openCrashRun(id);
  const sallyport = await run.start();
  const before = await callSerialized(run.target(sallyport), run.clients, 50);
  if (!before.every(({ ran }) => ran)) totals.failures.push(`${name}: calls were refused before it`);
  addFaults(totals, `${name}: before it`, await run.verify(true));
  const clients = startClients(run.target(sallyport), run.clients);
  act(run.files.data);
  const first = run.clients.sent() + 1;
  const heard = await callSerialized(run.target(sallyport), run.clients, 50);
  await clients.stop();
  await nothingRan(totals, run, { name, first });
  const reasons = new Set(heard.map(({ reason }) => reason));
  if (reasons.size !== 1 || !reasons.has('audit_unavailable'))
    totals.failures.push(`${name}: calls were answered ${[...reasons].join(', ')}`);
  await sallyport.kill();
  totals.kills += 1;
  rmSync(run.files.data, { recursive: true, force: true });
  run.forget();
  const again = await run.start();
  if (!(await callSerialized(run.target(again), run.clients, 10)).every(({ ran }) => ran))
    totals.failures.push(`${name}: a new journal does not serve`);
  await again.stop();
  totals.calls += run.clients.sent();
  totals.openings += run.openings;
  await run.close();
}

/** Calls that were sent after the act may have done nothing. */
async function nothingRan(
  totals: Totals,
  run: CrashRun,
  { name, first }: { name: string; first: number },
): Promise<void> {
  const late = Object.keys(await run.effects()).filter((message) => Number(message.split('-').at(-1)) >= first);
  if (late.length > 0) totals.failures.push(`effect without a durable allow: ${late.length} calls (${name})`);
}
