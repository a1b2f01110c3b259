import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const wiring = join(import.meta.dirname, '../../../libs/wiring/dist/index.js');
/** Prints the packages that loading the product reads, a line for each file; `own` for its own files and Node's. */
const listing = `
import { registerHooks } from 'node:module';
const packageOf = (url) => /.*node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1] ?? 'own';
registerHooks({ load: (url, context, next) => (console.log(packageOf(url)), next(url, context)) });
await import('reflect-metadata');
await import(${JSON.stringify(wiring)});`;

/** A start reads each of these files; a library that is taken in through its index can bring hundreds. */
const MOST_FILES = 2_800;

it('a start reads no more files than it has to, and none of the API document’s', async () => {
  const args = ['--input-type=module', '--eval', listing];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname });
  const read = stdout.trim().split('\n');
  expect(read).toContain('@nestjs/core');
  expect(read).not.toContain('@nestjs/swagger');
  expect(read.length).toBeLessThan(MOST_FILES);
});
