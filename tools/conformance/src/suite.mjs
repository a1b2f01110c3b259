import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

const suite = createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json');
const program = join(suite, '..', 'dist', 'index.js');
const MAX_RUN_MS = 300_000;

/** So many programs of a client run at once: with all of a revision, a small machine has no time for any. */
const CLIENTS = 4;

/**
 * Runs the official suite once, for all that a revision asks of a server at `url`. Answers what came of each scenario, as
 * `Map<name, { passed, failed, faults }>`; `faults` are the checks `{ check, status, said }` that did not succeed. The suite's own
 * exit code says less than its files, so that only they count.
 */
export function runServerSuite(revision, url) {
  return runSuite('server', ['--url', url, '--requirements', revision]);
}

/**
 * The same for all that a revision asks of a client, which is started by `command` with `env`. The suite itself can run only one
 * scenario or all of them at once.
 */
export async function runClientSuite(revision, { command, env }) {
  const waiting = await clientScenarios(revision);
  const outcomes = new Map();
  const options = ['--command', command, '--timeout', '120000', '--spec-version', revision, '--force'];
  const work = async () => {
    for (let scenario = waiting.shift(); scenario !== undefined; scenario = waiting.shift()) {
      for (const entry of await runSuite('client', ['--scenario', scenario, ...options], env)) outcomes.set(...entry);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, work));
  return new Map([...outcomes].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function clientScenarios(revision) {
  const path = join(suite, '..', 'requirements', `${revision}.yaml`);
  const { client, not_scored } = parse(await readFile(path, 'utf8'));
  return [...client, ...not_scored.filter(({ leg }) => leg === 'client').map(({ scenario }) => scenario)];
}

async function runSuite(side, args, env) {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-suite-'));
  try {
    const said = await run([side, ...args, '-o', folder], env);
    const outcomes = await readOutcomes(folder, side);
    if (outcomes.size === 0) throw new Error(`The suite ran nothing:\n${said}`);
    return outcomes;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function run(args, env) {
  return new Promise((resolve, reject) => {
    const options = { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } };
    const child = spawn(process.execPath, [program, ...args], options);
    const timer = setTimeout(() => child.kill('SIGKILL'), MAX_RUN_MS);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(timer);
      resolve(said);
    });
  });
}

async function readOutcomes(folder, side) {
  const outcomes = new Map();
  const entries = await readdir(folder, { recursive: true });
  for (const entry of entries.filter((name) => name.endsWith('checks.json')).sort()) {
    outcomes.set(scenarioOf(entry, side), outcomeOf(JSON.parse(await readFile(join(folder, entry), 'utf8'))));
  }
  return outcomes;
}

/** `server-ping-2026-11-25T01-03-11-385Z/checks.json` is about `ping`. */
function scenarioOf(entry, side) {
  const name = entry.replaceAll('\\', '/').replace(/-\d{4}-\d\d-\d\dT[\d-]+Z\/checks\.json$/, '');
  return side === 'server' ? name.replace(/^server-/, '') : name;
}

function outcomeOf(checks) {
  const faults = checks.filter(({ status }) => status === 'FAILURE' || status === 'WARNING');
  return {
    passed: checks.filter(({ status }) => status === 'SUCCESS').length,
    failed: checks.filter(({ status }) => status === 'FAILURE').length,
    faults: faults.map(({ id: check, status, errorMessage, description }) => ({
      check,
      status,
      said: errorMessage ?? description,
    })),
  };
}
