#!/usr/bin/env node
// Plain JavaScript that an old Node can read: it finds a Node that can run the rest.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';

const NEEDED = 24;
const SOURCE = '--conditions=@sallyport/source';
// Garbage of calls is collected in 32 MB that way, where Node takes 128 MB and gains nothing by it.
const YOUNG_GENERATION = '--max-semi-space-size=16';
const SERVERS = ['serve', 'stdio'];

if (Number(process.versions.node.split('.')[0]) < NEEDED) handOver(ownNode());
else {
  if (SERVERS.includes(process.argv[2]) && !isSized()) startSized();
  await run();
}

/** Whether somebody has said how large the young generation is. */
function isSized() {
  return /semi.space.size/.test(`${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS ?? ''}`);
}

/** Becomes a process whose young generation is sized, which V8 takes at its start alone; not where that can't be. */
function startSized() {
  // What forked us speaks over a channel that would be lost.
  if (process.channel) return;
  try {
    process.execve(process.execPath, [process.argv0, YOUNG_GENERATION, ...process.execArgv, ...process.argv.slice(1)]);
  } catch {
    // Windows has no execve, and Node's permissions may forbid it.
  }
}

async function run() {
  const fromSource = process.execArgv.includes(SOURCE);
  const entry = new URL(fromSource ? '../src/main.ts' : '../dist/main.js', import.meta.url);
  if (!existsSync(entry)) {
    console.error('Sallyport is not built yet. Build it with: npm run build');
    process.exitCode = 2;
    return;
  }
  const { main } = await import(entry.href);
  await main(process.argv.slice(2));
}

/** The Node 24 that is installed beside us as a package. */
function ownNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  try {
    const manifest = createRequire(import.meta.url).resolve(`node-${platform}-${process.arch}/package.json`);
    const binary = join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    return existsSync(binary) ? binary : null;
  } catch {
    return null;
  }
}

function handOver(node) {
  if (node === null) {
    console.error(
      `Sallyport needs Node ${NEEDED} or newer; this is ${process.version}. Install it from https://nodejs.org.`,
    );
    process.exitCode = 2;
    return;
  }
  const child = spawn(node, [YOUNG_GENERATION, ...process.execArgv, ...process.argv.slice(1)], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to the child as well; other senders only know us.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}
