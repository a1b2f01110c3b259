import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { read, root } from './tree.ts';

/** Which end-to-end test fails without a guard. */
const specs: Readonly<Record<string, string>> = {
  visibility: 'authorization',
  killSwitch: 'tenant-registry',
  strictInput: 'strict-input',
  normalForm: 'normal-form',
  definitionPin: 'definitions',
  limits: 'limits',
  repeatedCall: 'limits',
  authorization: 'nested-ownership',
  confirmation: 'confirmation',
};

/** The built list: what is left out of it is in the next program that starts, without another build. */
const built = 'libs/guards/dist/guards.js';

interface Ran {
  readonly passed: number;
  readonly failed: readonly string[];
}

/** Runs one end-to-end file against what is built. */
async function run(spec: string): Promise<Ran> {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-without-'));
  const output = join(directory, 'jest.json');
  try {
    const file = `apps/sallyport/test/${spec}.e2e.spec.ts`;
    const args = ['test', '--silent', '--', '--silent', '--json', `--outputFile=${output}`, file];
    await once(spawn('npm', args, { cwd: root, stdio: 'ignore' }), 'close');
    const { numPassedTests, testResults } = JSON.parse(readFileSync(output, 'utf8'));
    const tests = testResults.flatMap(({ assertionResults }: { assertionResults: unknown[] }) => assertionResults);
    const failed = tests.filter(({ status }: { status: string }) => status === 'failed');
    return { passed: numPassedTests, failed: failed.map(({ fullName }: { fullName: string }) => fullName) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Without one guard some tests of its file fail; others pass, so what is missing is the guard and not the program. */
async function fault(guard: string, list: string): Promise<string | null> {
  const spec = specs[guard];
  if (spec === undefined) return `${guard}: no end-to-end test is named for it in without-guards.ts`;
  writeFileSync(join(root, built), list.replace(new RegExp(`^ {4}${guard},\\n`, 'm'), ''));
  const { passed, failed } = await run(spec);
  console.log(`${guard} -> ${spec}.e2e.spec.ts: ${failed.length} failed, ${passed} passed`);
  for (const name of failed) console.log(`    ${name}`);
  if (failed.length === 0) return `${guard}: ${spec}.e2e.spec.ts passes without it`;
  return passed === 0 ? `${guard}: nothing in ${spec}.e2e.spec.ts passes without it: does the program start?` : null;
}

const list = read(built);
const guards = [...list.matchAll(/^ {4}(\w+),$/gm)].map(([, guard = '']) => guard);
if (guards.length === 0) throw new Error(`no guard is listed in ${built}`);
const wanted = process.argv.slice(2);
// The compiler does not see that a built file was changed: a list without a guard would stay, in all that starts from here.
process.on('exit', () => writeFileSync(join(root, built), list));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
for (const guard of guards.filter((one) => wanted.length === 0 || wanted.includes(one))) {
  const found = await fault(guard, list);
  if (found === null) continue;
  console.error(found);
  process.exitCode = 1;
}
