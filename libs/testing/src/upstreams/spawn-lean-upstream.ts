import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LeanUpstreamOptions } from './lean-upstream.ts';

/** A lean upstream in its own process. */
export interface SpawnedLeanUpstream {
  readonly url: string;
  readonly pid: number;
  /** What it has counted so far; `cpu` in microseconds. */
  stats(): Promise<{
    readonly calls: number;
    readonly effects: Readonly<Record<string, number>>;
    readonly cpu: { readonly user: number; readonly system: number };
  }>;
  close(): Promise<void>;
}

/** Starts the lean upstream as a child process; it ends with us, by the end of its stdin. Throws when it does not start. */
export async function spawnLeanUpstream(options: LeanUpstreamOptions = {}): Promise<SpawnedLeanUpstream> {
  const { port = 0, tools = 1, remember = false } = options;
  const [node, ...program] = commandOf('lean-upstream.main');
  const child = spawn(node, [...program, `${port}`, `${tools}`, remember ? 'remember' : ''], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {},
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (line: Buffer) => resolve(line.toString().trim()));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the lean upstream ended with ${code}`)));
  });
  return {
    url,
    pid: child.pid ?? 0,
    async stats() {
      const response = await fetch(new URL('/__stats', url));
      return (await response.json()) as Awaited<ReturnType<SpawnedLeanUpstream['stats']>>;
    },
    async close() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.stdin.end();
      await ended;
    },
  };
}

/** The command of a lean upstream over standard input and output. */
export function leanCommand(): [string, ...string[]] {
  return commandOf('lean-stdio.main');
}

function commandOf(name: string): [string, ...string[]] {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const main = fileURLToPath(new URL(`./${name}.${extension}`, import.meta.url));
  return [process.execPath, '--conditions=@sallyport/source', '--disable-warning=ExperimentalWarning', main];
}
