import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../bin/sallyport.mjs', import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  /** Resolves when standard output (or error) holds this text. */
  until(text: string): Promise<string>;
  readonly ended: Promise<Ran>;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the real bin as a process of its own, from source, with pipes in the place of a terminal. */
export function start(args: readonly string[], { cwd, env = {} }: RunOptions = {}): Running {
  const child = spawn(process.execPath, ['--conditions=@sallyport/source', bin, ...args], {
    ...(cwd !== undefined && { cwd }),
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const waiting = new Set<() => void>();
  const heard = (): void => waiting.forEach((look) => look());
  child.stdout.on('data', (chunk: Buffer) => ((stdout += chunk.toString()), heard()));
  child.stderr.on('data', (chunk: Buffer) => ((stderr += chunk.toString()), heard()));
  const ended = new Promise<Ran>((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
  return {
    child,
    ended,
    until: (text) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (stdout.includes(text) || stderr.includes(text)) {
            waiting.delete(look);
            resolve(stdout);
          }
        };
        waiting.add(look);
        look();
      }),
  };
}

export function run(args: readonly string[], options?: RunOptions): Promise<Ran> {
  return start(args, options).ended;
}
