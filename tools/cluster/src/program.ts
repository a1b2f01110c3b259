import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

/** The root of the workspace: source and build of this file lie equally deep. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

export type Service = 'gateway' | 'rate-limit' | 'authorization' | 'confirmation' | 'audit';

/** One program of Sallyport, as a process of its own. */
export interface Program {
  readonly service: Service;
  readonly pid: number;
  /** Where it serves MCP, health and metrics; once `serving`. */
  url(): string;
  readonly serving: Promise<void>;
  /** Resolves with 200 or 503, or 0 when nobody answers. */
  readiness(): Promise<number>;
  /** Sends a signal; SIGKILL, SIGSTOP, SIGCONT, SIGTERM. */
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, and waits; SIGKILL after 20 s. */
  stop(): Promise<number | null>;
  readonly ended: Promise<number | null>;
  log(): string;
}

const stopMs = 20_000;

/** What a program is started with in place of what its machine has. */
export interface ProgramOptions {
  /** How far its wall clock is ahead, milliseconds. */
  readonly clockMs?: number | undefined;
}

/** Starts the built program of a service on any free port. */
export function startProgram(service: Service, config: string, { clockMs }: ProgramOptions = {}): Program {
  const main = join(root, 'apps', service, 'dist/main.js');
  if (!existsSync(main)) throw new Error(`${main} is not there. Build first: npm run build`);
  const child = spawn(process.execPath, [...shifting(clockMs), main, '--config', config, '--listen', '127.0.0.1:0'], {
    env: { PATH: process.env['PATH'] ?? '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  let url = '';
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const serving = new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      url ||= /Serving (http:\/\/[^\s/"]+)/.exec(log)?.[1] ?? '';
      if (url !== '') resolve();
    });
    void ended.then((code) => reject(new Error(`${service} ended with ${code}:\n${log}`)));
  });
  serving.catch(() => undefined); // a caller that waits is told; a program that nobody waits for may end
  return {
    service,
    pid: child.pid ?? 0,
    url: () => url,
    serving,
    ended,
    log: () => log,
    readiness: () => readiness(url),
    signal: (signal) => void child.kill(signal),
    stop: () => stopped(child, ended),
  };
}

/** Makes `Date` another one before anything else is loaded. */
function shifting(clockMs: number | undefined): readonly string[] {
  if (clockMs === undefined) return [];
  const code = `const Real = Date; globalThis.Date = class extends Real {
    constructor(...given) { if (given.length === 0) super(Real.now() + ${clockMs}); else super(...given); }
    static now() { return Real.now() + ${clockMs}; }
  };`;
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
}

async function readiness(url: string): Promise<number> {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) })).status;
  } catch {
    return 0;
  }
}

async function stopped(child: ChildProcess, ended: Promise<number | null>): Promise<number | null> {
  child.kill('SIGCONT');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), stopMs);
  try {
    return await ended;
  } finally {
    clearTimeout(late);
  }
}
