import { setTimeout as pause } from 'node:timers/promises';
import type { ChildProgram } from '../src/programs/child-program.ts';
import { startClients } from './calling-clients.ts';
import { type CrashRun, openCrashRun } from './crash-run.ts';
import { addFaults, type Totals } from './totals.ts';

export interface RandomKills {
  readonly kills: number;
  /** Instances that are killed side by side. */
  readonly runs: number;
  /** 0 to 1. */
  readonly random: () => number;
}

/** The longest that an instance serves before it is killed, ms; and the part of kills that hit one that is starting. */
const longestMs = 500;
const whileStarting = 0.15;
/** Everything is held against everything after so many kills, and at the end. */
const verifyEvery = 5;

/** kill -9 at random moments: under load, and while Sallyport starts. */
export async function killAtRandom(totals: Totals, { kills, runs, random }: RandomKills): Promise<void> {
  const share = Array.from({ length: runs }, (_, at) => Math.floor(kills / runs) + (at < kills % runs ? 1 : 0));
  await Promise.all(share.map((count, at) => killRun(totals, { name: `random${at}`, kills: count, random })));
}

async function killRun(totals: Totals, { name, kills, random }: { name: string; kills: number; random: () => number }) {
  const run = await openCrashRun(name);
  let startMs = 600;
  for (let kill = 0; kill < kills; kill += 1) {
    if (kill > 0 && random() < whileStarting) {
      await killWhileStarting(run, totals, random() * startMs);
      continue;
    }
    const from = performance.now();
    const sallyport = await run.start();
    startMs = performance.now() - from;
    if (kill % verifyEvery === 0) addFaults(totals, `${name}, after ${kill} kills`, await run.verify(true));
    await killUnderLoad(run, sallyport, random() * longestMs);
    totals.kills += 1;
  }
  const sallyport = await run.start();
  addFaults(totals, `${name}, at the end`, await run.verify(true));
  await sallyport.stop();
  addFaults(totals, `${name}, stopped`, await run.verify(false));
  totals.calls += run.clients.sent();
  totals.openings += run.openings;
  await run.close();
}

async function killUnderLoad(run: CrashRun, sallyport: ChildProgram, afterMs: number): Promise<void> {
  const clients = startClients(run.target(sallyport), run.clients);
  await pause(afterMs);
  await sallyport.kill();
  await clients.ended;
}

async function killWhileStarting(run: CrashRun, totals: Totals, killAfterMs: number): Promise<void> {
  try {
    const sallyport = await run.start(undefined, { killAfterMs });
    await sallyport.ended; // it was up before the kill came
  } catch (error) {
    if (!String(error).includes('SIGKILL')) totals.failures.push(`a start failed: ${String(error)}`);
  }
  totals.kills += 1;
}
