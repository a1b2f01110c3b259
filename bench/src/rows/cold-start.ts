import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { writeSallyport } from '../sallyport/sallyport-files.ts';
import { type Spread, spreadOf } from './figures.ts';

/** `sallyport serve` with three upstreams, from its start on, milliseconds; the data directory was used before. */
export interface ColdStart {
  /** Until the port takes connections. */
  readonly listening: Spread;
  /** Until `/readyz` says yes: every upstream has said what it offers. */
  readonly ready: Spread;
}

const bin = fileURLToPath(new URL('../../../../apps/cli/bin/sallyport.mjs', import.meta.url));
const lookMs = 5;
const mostMs = 60_000;

/** @throws when Sallyport ends before it is ready, or takes longer than a minute */
export async function measureColdStart(directory: string, upstream: string, times: number): Promise<ColdStart> {
  const { config } = await writeSallyport(join(directory, 'cold-start'), upstream, {
    ids: ['lean', 'second', 'third'],
  });
  await startOnce(config);
  const starts: Start[] = [];
  while (starts.length < times) starts.push(await startOnce(config));
  return {
    listening: spreadOf(starts.map(({ listening }) => listening)),
    ready: spreadOf(starts.map(({ ready }) => ready)),
  };
}

type Start = Readonly<Record<keyof ColdStart, number>>;

async function startOnce(config: string): Promise<Start> {
  const port = await freePort();
  const from = performance.now();
  const args = [bin, 'serve', '--config', config, '--listen', `127.0.0.1:${port}`];
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const since = (): number => performance.now() - from;
  try {
    await until(() => takesConnections(port), child);
    const listening = since();
    await until(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok, child);
    return { listening, ready: since() };
  } finally {
    process.off('exit', kill);
    const ended = once(child, 'exit');
    if (child.exitCode === null && child.kill()) await ended;
  }
}

async function until(isSo: () => Promise<boolean>, child: ChildProcess): Promise<void> {
  const end = performance.now() + mostMs;
  while (!(await isSo())) {
    if (child.exitCode !== null) throw new Error(`${bin} serve ended with ${child.exitCode} before it was ready`);
    if (performance.now() > end) throw new Error(`${bin} serve was not ready within ${mostMs / 1000} s`);
    await pause(lookMs);
  }
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}
