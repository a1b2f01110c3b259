import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createLogger } from '@sallyport/service';
import { parse } from 'yaml';
import { startFixtureServer } from '../fixture-server.mjs';
import { startBearerProxy } from './bearer-proxy.mjs';
import { createRuntime } from './start-sallyport.mjs';
import { runSuite } from './suite.mjs';
import { judgeLeg, unused } from './verdict.mjs';

/**
 * `npm run conformance [-- leg…]`: the official suite against the product, as a server in front of a fixture and as a
 * client of the suite's own servers; all legs, or those whose names begin as given. Exits 1 when anything differs from
 * `required.yaml` and `not-there-yet.yaml`.
 */
const legs = new Map([
  ['server 2025-11-25 to legacy', () => serverLeg('2025-11-25', 'legacy')],
  ['server 2025-11-25 to modern', () => serverLeg('2025-11-25', 'modern')],
  ['server 2026-07-28 to modern', () => serverLeg('2026-07-28', 'modern')],
  ['server 2026-07-28 to legacy', () => serverLeg('2026-07-28', 'legacy')],
  ['client 2025-11-25', () => clientLeg('2025-11-25')],
  ['client 2026-07-28', () => clientLeg('2026-07-28')],
]);

/** A client of a revision, before an upstream that knows one era only. */
async function serverLeg(revision, era) {
  const closing = [];
  try {
    const fixture = await startFixtureServer({ eras: [era] });
    closing.unshift(() => fixture.close());
    const sallyport = await createRuntime({ upstreamUrl: fixture.url, logger: createLogger({ level: 'error' }) });
    closing.unshift(() => sallyport.stop());
    const proxy = await startBearerProxy(sallyport);
    closing.unshift(() => proxy.close());
    const url = `http://127.0.0.1:${proxy.port}${new URL(sallyport.url).pathname}`;
    return await runSuite('server', revision, ['--url', url]);
  } finally {
    for (const close of closing) await close();
  }
}

function clientLeg(revision) {
  const client = fileURLToPath(new URL('client.mjs', import.meta.url));
  return runSuite('client', revision, ['--command', `${process.execPath} ${client}`, '--timeout', '120000']);
}

async function readList(name) {
  return parse(await readFile(new URL(`../${name}.yaml`, import.meta.url), 'utf8'));
}

function print(leg, rows) {
  const width = Math.max(...rows.map(({ scenario }) => scenario.length));
  process.stdout.write(`\n${leg}\n`);
  for (const { scenario, passed, failed, state, wrong, note } of rows) {
    const checks = `${String(passed).padStart(3)} ok ${String(failed).padStart(2)} not`;
    const said = note === '' ? state : `${state}: ${note}`;
    process.stdout.write(`${wrong ? '!' : ' '} ${scenario.padEnd(width)} ${checks}  ${said}\n`);
  }
}

const lists = { required: await readList('required'), notThere: await readList('not-there-yet') };
const wanted = process.argv.slice(2);
const rows = [];
for (const [leg, run] of legs) {
  if (wanted.length > 0 && !wanted.some((beginning) => leg.startsWith(beginning))) continue;
  const judged = judgeLeg(leg, await run(), lists);
  print(leg, judged);
  rows.push(...judged);
}
const unusedEntries = wanted.length > 0 ? [] : unused(lists, rows);
const counts = Map.groupBy(rows, ({ state }) => state);
const told = [...counts].map(([state, { length }]) => `${length} ${state}`);
process.stdout.write(`\n${[told.join(', '), ...unusedEntries].join('\n')}\n`);
process.exit(rows.length > 0 && unusedEntries.length === 0 && !rows.some(({ wrong }) => wrong) ? 0 : 1);
