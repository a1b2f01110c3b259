import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** What a process has used so far. */
export interface Usage {
  /** User and system time of all its threads, milliseconds. */
  readonly cpuMs: number;
  readonly rssMb: number;
}

/** A program of ours in its own process. It ends with us: by the end of its channel, and by SIGKILL when we are stopped. */
export interface ChildProgram {
  readonly url: string;
  readonly pid: number;
  usage(): Promise<Usage>;
  /** Sends a message to the program and resolves with its answer. */
  ask(question: string): Promise<unknown>;
  /** Resolves when it has ended, with the signal or exit code. */
  readonly ended: Promise<string>;
  /** Lets it end in order; kills it after five seconds. */
  stop(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
}

export interface ChildOptions {
  readonly execArgv?: readonly string[];
  /** What it writes to stderr is kept to explain a failed start; `inherit` shows it at once. */
  readonly stderr?: 'keep' | 'inherit';
  /** Runs the program under `sh -c "<prefix>; exec …"`: for limits that a shell sets. */
  readonly shell?: string;
  /** kill -9 so many milliseconds after the start, whether it serves yet or not. */
  readonly killAfterMs?: number;
}

const alive = new Set<ChildProcess>();
process.on('exit', () => alive.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));

/**
 * Starts a program that says `{url}` over its channel once it serves, and answers questions over it.
 *
 * @throws when it ends before it serves, with what it wrote to stderr
 */
export async function startProgram(
  module: URL,
  args: readonly string[],
  { execArgv = [], stderr = 'keep', shell, killAfterMs }: ChildOptions = {},
): Promise<ChildProgram> {
  const flags = ['--disable-warning=ExperimentalWarning', ...execArgv];
  const child = fork(module, args, {
    stdio: ['ignore', 'inherit', stderr === 'keep' ? 'pipe' : 'inherit', 'ipc'],
    ...(shell === undefined
      ? { execArgv: flags }
      : { execPath: '/bin/sh', execArgv: ['-c', `${shell}; exec "$0" "$@"`, process.execPath, ...flags] }),
  });
  alive.add(child);
  if (killAfterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfterMs).unref();
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)));
  const ended = once(child, 'exit').then(([code, signal]) => {
    alive.delete(child);
    return String(signal ?? code);
  });
  const waiting = new Map<number, (answer: unknown) => void>();
  let asked = 0;
  const url = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    void ended.then((how) => reject(new Error(`${module.pathname} ended (${how}) before it served. ${said}`)));
    child.on('message', (message: { url?: string; to?: number; answer?: unknown }) => {
      if (message.url !== undefined) resolve(message.url);
      else waiting.get(message.to ?? -1)?.(message.answer);
    });
  });

  async function ask(question: string): Promise<unknown> {
    const id = asked++;
    const answer = new Promise((resolve) => waiting.set(id, resolve));
    child.send({ id, question });
    return Promise.race([answer, ended.then((how) => Promise.reject(new Error(`the program ended: ${how}. ${said}`)))]);
  }

  async function kill(): Promise<void> {
    child.kill('SIGKILL');
    await ended;
  }

  return {
    url,
    pid: child.pid ?? 0,
    ended,
    ask,
    usage: async () => (await ask('usage')) as Usage,
    async stop() {
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await ended;
      clearTimeout(timer);
    },
    kill,
  };
}
