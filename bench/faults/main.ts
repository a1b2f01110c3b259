import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { startServers } from '@sallyport/cluster';
import { createTally, foundIn } from '../crash/tally.ts';
import { faults } from './faults.ts';
import { type House, openHouse } from './house.ts';
import { type NamedFault, runFault } from './run-fault.ts';

// npm run test:faults [-- --only station_killed,kafka_restart --client platformatic]
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: faults.map(({ name }) => name).join(',') },
    client: { type: 'string', default: 'kafkajs' },
    log: { type: 'boolean', default: false },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);

if (spawnSync('docker', ['info'], { stdio: 'ignore', timeout: 20_000 }).status !== 0) {
  say(
    'No container engine answers `docker info`. Kafka, Redis and PostgreSQL run in containers, so nothing was tried.',
  );
  process.exit(2);
}
const chosen = values.only.split(',').map((name) => {
  const fault = faults.find((one) => one.name === name);
  if (fault === undefined)
    throw new Error(`there is no fault ${name}; there are ${faults.map((one) => one.name).join()}`);
  return fault;
});

const tally = createTally();
const servers = await startServers();
const at: { house: House | null } = { house: null };

async function standing(name: string): Promise<House> {
  return (at.house ??= await openHouse({ servers, name, client: values.client }));
}

async function tryOut(fault: NamedFault): Promise<void> {
  const began = performance.now();
  const before = tally.failures.length;
  const house = await standing(fault.name);
  const sent = house.ledger.sent();
  const note = await runFault({ house, tally }, fault);
  const failed = tally.failures.slice(before);
  tally.calls += house.ledger.sent() - sent;
  say(`${fault.name}: ${failed.length} failures, ${((performance.now() - began) / 1000).toFixed(0)} s: ${note}`);
  for (const failure of failed.slice(0, 10)) say(`  FAILED ${failure}`);
  if (failed.length === 0) return;
  if (values.log) for (const { service, log } of house.cluster.programs) say(`${service}:\n${log()}`);
  at.house = null; // what one fault broke may not be held against the next
  await house.close();
}

// Programs end with this process; containers do not.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void servers.stop().finally(() => process.exit(130)));
try {
  for (const fault of chosen) await tryOut(fault);
} catch (error) {
  tally.failures.push(String(error));
  say(`FAILED ${String(error)}`);
} finally {
  await at.house?.close();
  await servers.stop();
}
say(`${chosen.length} faults, ${tally.calls} calls, ${foundIn(tally.failures)}`);
process.exit(tally.failures.length === 0 ? 0 : 1);
