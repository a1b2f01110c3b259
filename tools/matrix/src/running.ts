import type { ChildProcess } from 'node:child_process';
import { eventually, type RunningSallyport, type Scratch, startSallyport } from '@sallyport/testing/harness';

const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill()));
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () => process.exit(code));

/** Has a program end with this one, whatever ends it. */
export function endsWithUs(child: ChildProcess): void {
  running.add(child);
  child.once('close', () => running.delete(child));
}

/** Starts Sallyport and waits until it is ready; it ends with this program at the latest. */
export async function runSallyport(scratch: Scratch): Promise<RunningSallyport> {
  const sallyport = await startSallyport(scratch, { env: { HOME: scratch.directory } });
  endsWithUs(sallyport.child);
  await eventually(async () => (await fetch(`${sallyport.url}/readyz`)).ok, 60_000);
  return sallyport;
}
