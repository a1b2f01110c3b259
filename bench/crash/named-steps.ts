import { setTimeout as pause } from 'node:timers/promises';
import { startClients } from './calling-clients.ts';
import { openCrashRun } from './crash-run.ts';
import { steps } from './programs/arm.ts';
import { addFaults, type Totals } from './totals.ts';

const program = new URL('./programs/step.program.js', import.meta.url);
const longestMs = 15_000;

/** Sallyport kills itself at every named step, several times at different calls, under load. */
export async function killAtSteps(totals: Totals, times: number): Promise<void> {
  const half = Math.ceil(steps.length / 2);
  await Promise.all(
    [steps.slice(0, half), steps.slice(half)].map((some, at) => killRun(totals, some, `steps${at}`, times)),
  );
}

async function killRun(totals: Totals, some: readonly string[], name: string, times: number): Promise<void> {
  const run = await openCrashRun(name);
  for (const step of some) {
    for (let time = 0; time < times; time += 1) {
      const nth = 1 + time * time * 7; // the very first call of a life, and later ones
      const sallyport = await run.start({ module: program, args: [step, String(nth)] });
      const clients = startClients(run.target(sallyport), run.clients);
      const how = await Promise.race([sallyport.ended, pause(longestMs, 'time')]);
      if (how !== 'SIGKILL') totals.failures.push(`the step "${step}" was not reached: ${how}`);
      await sallyport.kill();
      await clients.ended;
      totals.kills += 1;
    }
    const sallyport = await run.start();
    addFaults(totals, `killed ${step}`, await run.verify(true));
    await sallyport.kill();
  }
  totals.calls += run.clients.sent();
  totals.openings += run.openings;
  await run.close();
}
