import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { startServers } from '@sallyport/cluster';
import { createTotals, foundIn } from '../crash/totals.ts';
import { faults } from './faults.ts';
import { type Deployment, createRuntime } from './deployment.ts';
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

const totals = createTotals();
const servers = await startServers();
const at: { sallyport: Deployment | null } = { sallyport: null };

async function startDeployment(name: string): Promise<Deployment> {
  return (at.sallyport ??= await createRuntime({ servers, name, client: values.client }));
}

async function tryOut(fault: NamedFault): Promise<void> {
  const began = performance.now();
  const before = totals.failures.length;
  const sallyport = await startDeployment(fault.name);
  const sent = sallyport.clients.sent();
  const note = await runFault({ sallyport, totals }, fault);
  const failed = totals.failures.slice(before);
  totals.calls += sallyport.clients.sent() - sent;
  say(`${fault.name}: ${failed.length} failures, ${((performance.now() - began) / 1000).toFixed(0)} s: ${note}`);
  for (const failure of failed.slice(0, 10)) say(`  FAILED ${failure}`);
  if (failed.length === 0) return;
  if (values.log) for (const { service, log } of sallyport.cluster.programs) say(`${service}:\n${log()}`);
  at.sallyport = null; // what one fault broke may not be held against the next
  await sallyport.close();
}

// Programs end with this process; containers do not.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void servers.stop().finally(() => process.exit(130)));
try {
  for (const fault of chosen) await tryOut(fault);
} catch (error) {
  totals.failures.push(String(error));
  say(`FAILED ${String(error)}`);
} finally {
  await at.sallyport?.close();
  await servers.stop();
}
say(`${chosen.length} faults, ${totals.calls} calls, ${foundIn(totals.failures)}`);
process.exit(totals.failures.length === 0 ? 0 : 1);
