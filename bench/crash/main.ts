import { parseArgs } from 'node:util';
import { jumpTheClock } from './clock-jumps.ts';
import { removeTheDirectory } from './directory-removed.ts';
import { fillTheDisk } from './disk-full.ts';
import { killAtSteps } from './named-steps.ts';
import { killAtRandom } from './random-kills.ts';
import { seeded } from './seeded.ts';
import { createTotals, summaryOf } from './totals.ts';

// npm run test:crash [-- --kills 200 --runs 2 --times 4 --seed 1 --only steps,random,full,removed,clock]
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    runs: { type: 'string', default: '2' },
    times: { type: 'string', default: '4' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string', default: 'steps,full,removed,clock,random' },
  },
});

const totals = createTotals();
const kills = { kills: Number(values.kills), runs: Number(values.runs), random: seeded(Number(values.seed)) };
const parts: Readonly<Record<string, () => Promise<void>>> = {
  steps: () => killAtSteps(totals, Number(values.times)),
  full: () => fillTheDisk(totals),
  removed: () => removeTheDirectory(totals),
  clock: () => jumpTheClock(totals),
  random: () => killAtRandom(totals, kills),
};

process.stdout.write(`seed ${values.seed}\n`);
for (const name of values.only.split(',')) {
  const began = performance.now();
  const before = totals.failures.length;
  const part = parts[name] ?? (() => Promise.reject(new Error(`there is no part ${name}`)));
  await part().catch((error: unknown) => totals.failures.push(`${name}: ${String(error)}`));
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  process.stdout.write(`${name}: ${totals.failures.length - before} failures, ${seconds} s\n`);
}
for (const failure of totals.failures.slice(0, 50)) process.stdout.write(`FAILED ${failure}\n`);
process.stdout.write(`${summaryOf(totals)}\n`);
process.exit(totals.failures.length === 0 ? 0 : 1);
