import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './admin.ts';
import { root, type Scratch } from './scratch.ts';

const app = join(root, 'apps/sallyport/dist/main.js');
const bin = join(root, 'apps/cli/bin/sallyport.mjs');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Milliseconds from the signal to the end. */
  readonly ms: number;
}

/** The built program, running as a process of its own. */
export interface RunningSallyport {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly child: ChildProcess;
  /** Everything that it logged so far. */
  log(): string;
  /** Resolves when the log holds the text, after `from` characters. */
  logged(text: string, from?: number): Promise<void>;
  /** Sends a signal and waits for the end; SIGTERM if absent. */
  stop(signal?: NodeJS.Signals): Promise<Ended>;
  readonly ended: Promise<Omit<Ended, 'ms'>>;
}

function mustBeBuilt(path: string): void {
  if (!existsSync(path)) throw new Error(`${path} is not there. Build first: npm run build`);
}

/** A server's first answer on a machine that does much else. */
const MEET_MS = 30_000;

export interface StartOptions {
  readonly env?: Record<string, string>;
  /** Upstreams that never say what they offer: nobody waits for them. */
  readonly silent?: readonly string[];
}

/**
 * Starts the built app and waits until it serves and what its upstreams offer is on record. It waits no longer for one once it knows why
 * that one does not answer. Rejects with its log when it ends instead.
 */
export async function startSallyport(
  { config }: Pick<Scratch, 'config'>,
  { env = {}, silent = [] }: StartOptions = {},
): Promise<RunningSallyport> {
  const sallyport = launchSallyport({ config }, env);
  const url = await Promise.race([sallyport.serving, sallyport.ended]);
  if (typeof url !== 'string') throw new Error(`Sallyport ended with ${url.code}:\n${sallyport.log()}`);
  const late = lateUpstreams(sallyport.log()).filter((id) => !silent.includes(id));
  try {
    if (late.length > 0) await eventually(() => areMet(url, late), MEET_MS);
  } catch (cause) {
    await sallyport.stop();
    throw new Error(`No word of ${late.join(', ')}:\n${sallyport.log()}`, { cause });
  }
  return { ...sallyport, url, port: Number(new URL(url).port) };
}

/** Upstreams that had said nothing when the log told where it serves. */
function lateUpstreams(log: string): string[] {
  return /not answering yet: (.+?)\. Their/.exec(log)?.[1]?.split(', ') ?? [];
}

interface Readiness {
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
}

async function areMet(url: string, upstreams: readonly string[]): Promise<boolean> {
  const { checks } = (await (await fetch(`${url}/readyz`)).json()) as Readiness;
  const of = (id: string) => checks.find(({ name }) => name === `upstream/${id}`);
  // `starting: ECONNREFUSED`: a state and its reason.
  return upstreams.every((id) => of(id)?.ok === true || of(id)?.detail.includes(': '));
}

export interface LaunchedSallyport extends Omit<RunningSallyport, 'url' | 'port'> {
  readonly serving: Promise<string>;
}

/** Starts the built app without waiting. */
export function launchSallyport(
  { config }: Pick<Scratch, 'config'>,
  env: Record<string, string> = {},
): LaunchedSallyport {
  mustBeBuilt(app);
  const child = spawn(process.execPath, [app, '--config', config], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  const listeners = new Set<() => void>();
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    for (const look of listeners) look();
  });
  const ended = new Promise<Omit<Ended, 'ms'>>((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal })),
  );

  function until<T>(look: () => T | null): Promise<T> {
    return new Promise((resolve) => {
      const again = (): void => {
        const found = look();
        if (found === null) return;
        listeners.delete(again);
        resolve(found);
      };
      listeners.add(again);
      again();
    });
  }

  return {
    child,
    pid: child.pid ?? 0,
    ended,
    log: () => text,
    serving: until(() => /Serving (http:\S+)\/mcp/.exec(text)?.[1] ?? null),
    logged: (wanted, from = 0) => until(() => (text.slice(from).includes(wanted) ? undefined : null)),
    async stop(signal = 'SIGTERM') {
      const started = performance.now();
      child.kill(signal);
      const end = await ended;
      return { ...end, ms: performance.now() - started };
    },
  };
}

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command of the built command line against a running instance. */
export function runCli(args: readonly string[], { cwd, token }: { cwd: string; token?: string }): Promise<Ran> {
  mustBeBuilt(join(root, 'apps/cli/dist/main.js'));
  const env = { PATH: process.env['PATH'] ?? '', ...(token !== undefined && { SALLYPORT_TOKEN: token }) };
  const child = spawn(process.execPath, [bin, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}
