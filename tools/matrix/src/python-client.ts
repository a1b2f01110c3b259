import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { pythonEnvironment } from './python.ts';

type Line = Readonly<Record<string, unknown>>;

/** A Python program that answers lines of JSON with lines of JSON. */
export interface PythonClient {
  /** What it said at its start. */
  readonly first: Line;
  ask(request: object): Promise<Line>;
  close(): Promise<void>;
}

/** Starts a program of `python/`; lines with `heard` are no answers, and go to `hear`. */
export async function startPython(
  program: string,
  args: readonly string[],
  hear: (line: Line) => void = () => undefined,
): Promise<PythonClient> {
  const python = `${await pythonEnvironment('fastmcp')}/python`;
  const path = fileURLToPath(new URL(`../python/${program}`, import.meta.url));
  const child = spawn(python, [path, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  const ask = askerOf(child, hear);
  const first = await ask(null);
  return {
    first,
    ask,
    async close() {
      child.stdin.end();
      await ended(child);
    },
  };
}

/** Sends a line (none for `null`) and takes the next one that the program writes. */
function askerOf(child: ChildProcess, hear: (line: Line) => void): (request: object | null) => Promise<Line> {
  const waiting: ((line: Line) => void)[] = [];
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  if (child.stdout !== null)
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = JSON.parse(text) as Line;
      if ('heard' in line) hear(line);
      else waiting.shift()?.(line);
    });
  child.once('close', () => waiting.forEach((take) => take({ thrown: `ended: ${errors.slice(-2000)}` })));
  return (request) =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (request !== null) child.stdin?.write(`${JSON.stringify(request)}\n`);
    });
}

const ended = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('close', () => resolve()));
