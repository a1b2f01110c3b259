// Before anything of Nest, whose order a bundler does not keep.
import 'reflect-metadata';
import type { Context } from './context.ts';
import { run } from './run.ts';

/** Runs one command line, and ends the process with its exit code. */
export async function main(args: readonly string[]): Promise<void> {
  const stop = new AbortController();
  const { stdin, stdout, stderr, env } = process;
  // A reader that has seen enough (`| head`) is no failure.
  stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const context: Context = { stdin, stdout, stderr, env, cwd: process.cwd(), signal: stop.signal };
  const code = await run(args, context);
  if (code !== null) process.exitCode = code;
}
