import { setTimeout as pause } from 'node:timers/promises';
import type { ChildProgram } from '../src/programs/child-program.ts';
import { startClients } from './clients.ts';
import { type Lane, openLane } from './lane.ts';
import { addFaults, type Tally } from './tally.ts';

export interface RandomKills {
  readonly kills: number;
  /** Houses that are killed side by side. */
  readonly lanes: number;
  /** 0 to 1. */
  readonly random: () => number;
}

/** The longest that a house serves before it is killed, ms; and the part of kills that hit one that is starting. */
const longestMs = 500;
const whileStarting = 0.15;
/** Everything is held against everything after so many kills, and at the end. */
const verifyEvery = 5;

/** kill -9 at random moments: under load, and while the house starts. */
export async function killAtRandom(tally: Tally, { kills, lanes, random }: RandomKills): Promise<void> {
  const share = Array.from({ length: lanes }, (_, at) => Math.floor(kills / lanes) + (at < kills % lanes ? 1 : 0));
  await Promise.all(share.map((count, at) => killLane(tally, { name: `random${at}`, kills: count, random })));
}

async function killLane(tally: Tally, { name, kills, random }: { name: string; kills: number; random: () => number }) {
  const lane = await openLane(name);
  let startMs = 600;
  for (let kill = 0; kill < kills; kill += 1) {
    if (kill > 0 && random() < whileStarting) {
      await killWhileStarting(lane, tally, random() * startMs);
      continue;
    }
    const from = performance.now();
    const house = await lane.start();
    startMs = performance.now() - from;
    if (kill % verifyEvery === 0) addFaults(tally, `${name}, after ${kill} kills`, await lane.verify(true));
    await killUnderLoad(lane, house, random() * longestMs);
    tally.kills += 1;
  }
  const house = await lane.start();
  addFaults(tally, `${name}, at the end`, await lane.verify(true));
  await house.stop();
  addFaults(tally, `${name}, stopped`, await lane.verify(false));
  tally.calls += lane.ledger.sent();
  tally.openings += lane.openings;
  await lane.close();
}

async function killUnderLoad(lane: Lane, house: ChildProgram, afterMs: number): Promise<void> {
  const clients = startClients(lane.target(house), lane.ledger);
  await pause(afterMs);
  await house.kill();
  await clients.ended;
}

async function killWhileStarting(lane: Lane, tally: Tally, killAfterMs: number): Promise<void> {
  try {
    const house = await lane.start(undefined, { killAfterMs });
    await house.ended; // it was up before the kill came
  } catch (error) {
    if (!String(error).includes('SIGKILL')) tally.failures.push(`a start failed: ${String(error)}`);
  }
  tally.kills += 1;
}
