import { setTimeout as pause } from 'node:timers/promises';
import { startClients } from './clients.ts';
import { openLane } from './lane.ts';
import { steps } from './programs/arm.ts';
import { addFaults, type Tally } from './tally.ts';

const program = new URL('./programs/step.program.js', import.meta.url);
const longestMs = 15_000;

/** The house kills itself at every named step, several times at different calls, under load. */
export async function killAtSteps(tally: Tally, times: number): Promise<void> {
  const half = Math.ceil(steps.length / 2);
  await Promise.all(
    [steps.slice(0, half), steps.slice(half)].map((some, at) => killLane(tally, some, `steps${at}`, times)),
  );
}

async function killLane(tally: Tally, some: readonly string[], name: string, times: number): Promise<void> {
  const lane = await openLane(name);
  for (const step of some) {
    for (let time = 0; time < times; time += 1) {
      const nth = 1 + time * time * 7; // the very first call of a life, and later ones
      const house = await lane.start({ module: program, args: [step, String(nth)] });
      const clients = startClients(lane.target(house), lane.ledger);
      const how = await Promise.race([house.ended, pause(longestMs, 'time')]);
      if (how !== 'SIGKILL') tally.failures.push(`the step "${step}" was not reached: ${how}`);
      await house.kill();
      await clients.ended;
      tally.kills += 1;
    }
    const house = await lane.start();
    addFaults(tally, `killed ${step}`, await lane.verify(true));
    await house.kill();
  }
  tally.calls += lane.ledger.sent();
  tally.openings += lane.openings;
  await lane.close();
}
