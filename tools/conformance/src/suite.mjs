import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const suite = createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json');
const program = join(suite, '..', 'dist', 'index.js');
const MAX_RUN_MS = 300_000;

/**
 * Runs the official suite once, for everything that a revision has on one side. `args` name the target: `--url …` for
 * `server`, `--command …` for `client`. Answers what came of each scenario, as `Map<name, { passed, failed, faults }>`;
 * `faults` are sentences. The suite's own exit code says less than its files, so that only they count.
 */
export async function runSuite(side, revision, args) {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-suite-'));
  try {
    const said = await run([side, ...args, '--requirements', revision, '-o', folder]);
    const outcomes = await readOutcomes(folder, side);
    if (outcomes.size === 0) throw new Error(`The suite ran nothing:\n${said}`);
    return outcomes;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function run(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
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
  const failures = checks.filter(({ status }) => status === 'FAILURE');
  return {
    passed: checks.filter(({ status }) => status === 'SUCCESS').length,
    failed: failures.length,
    faults: failures.map(({ id, errorMessage, description }) => `${id}: ${errorMessage ?? description}`),
  };
}
