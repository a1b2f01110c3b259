import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createLogger } from '@sallyport/service';
import { parse } from 'yaml';
import { startFixtureServer } from '../fixture-server.mjs';
import { startBearerProxy } from './bearer-proxy.mjs';
import { profiles } from './profiles.mjs';
import { createRuntime } from './start-sallyport.mjs';
import { runClientSuite, runServerSuite } from './suite.mjs';
import { judgeLeg, unused } from './verdict.mjs';

/**
 * `npm run conformance [-- leg…]`: the official suite against the product in each profile, as a server in front of a fixture and as a
 * client of the suite's own servers; all legs, or those whose names begin as given, with or without the profile before them
 * (`'full guard: client'`). Exits 1 when anything differs from `required.yaml`, `not-there-yet.yaml` and `deviations.yaml`.
 */
const legs = new Map([
  ['server 2025-11-25 to legacy', (profile) => serverLeg('2025-11-25', 'legacy', profile)],
  ['server 2025-11-25 to modern', (profile) => serverLeg('2025-11-25', 'modern', profile)],
  ['server 2026-07-28 to modern', (profile) => serverLeg('2026-07-28', 'modern', profile)],
  ['server 2026-07-28 to legacy', (profile) => serverLeg('2026-07-28', 'legacy', profile)],
  ['client 2025-11-25', (profile) => clientLeg('2025-11-25', profile)],
  ['client 2026-07-28', (profile) => clientLeg('2026-07-28', profile)],
]);

/** A client of a revision, before an upstream that knows one era only. */
async function serverLeg(revision, era, profile) {
  const closing = [];
  try {
    const fixture = await startFixtureServer({ eras: [era] });
    closing.unshift(() => fixture.close());
    const logger = createLogger({ level: 'error' });
    const sallyport = await createRuntime({ upstreamUrl: fixture.url, logger, profile });
    closing.unshift(() => sallyport.stop());
    await sallyport.approve();
    const proxy = await startBearerProxy(sallyport);
    closing.unshift(() => proxy.close());
    return await runServerSuite(revision, `http://127.0.0.1:${proxy.port}${new URL(sallyport.url).pathname}`);
  } finally {
    for (const close of closing) await close();
  }
}

function clientLeg(revision, profile) {
  const client = fileURLToPath(new URL('client.mjs', import.meta.url));
  const env = { SALLYPORT_CONFORMANCE_PROFILE: profile };
  return runClientSuite(revision, { command: `${process.execPath} ${client}`, env });
}

async function readList(name) {
  return parse(await readFile(new URL(`../${name}.yaml`, import.meta.url), 'utf8')) ?? [];
}

function print({ profile, leg }, rows) {
  const width = Math.max(...rows.map(({ scenario }) => scenario.length));
  process.stdout.write(`\n${profile}: ${leg}\n`);
  for (const { scenario, passed, failed, state, wrong, note } of rows) {
    const checks = `${String(passed).padStart(3)} ok ${String(failed).padStart(2)} not`;
    const said = note === '' ? state : `${state}: ${note}`;
    process.stdout.write(`${wrong ? '!' : ' '} ${scenario.padEnd(width)} ${checks}  ${said}\n`);
  }
}

const lists = {
  required: await readList('required'),
  notThere: await readList('not-there-yet'),
  deviations: await readList('deviations'),
};
const wanted = process.argv.slice(2);
const isWanted = (profile, leg) =>
  wanted.length === 0 || wanted.some((begin) => leg.startsWith(begin) || `${profile}: ${leg}`.startsWith(begin));
const rows = [];
for (const profile of Object.keys(profiles)) {
  for (const [leg, run] of legs) {
    if (!isWanted(profile, leg)) continue;
    const judged = judgeLeg({ profile, leg }, await run(profile), lists);
    print({ profile, leg }, judged);
    rows.push(...judged);
  }
}
const unusedEntries = wanted.length > 0 ? [] : unused(lists, rows);
const counts = Map.groupBy(rows, ({ state }) => state);
const told = [...counts].map(([state, { length }]) => `${length} ${state}`);
process.stdout.write(`\n${[told.join(', '), ...unusedEntries].join('\n')}\n`);
process.exit(rows.length > 0 && unusedEntries.length === 0 && !rows.some(({ wrong }) => wrong) ? 0 : 1);
