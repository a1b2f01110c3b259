import { spawnLeanUpstream } from '@sallyport/testing';
import type { Options } from './options.ts';
import { asJson, reportOf } from './report.ts';
import { measureColdStart } from './rows/cold-start.ts';
import { measureLists } from './rows/lists.ts';
import { measure } from './rows/measure.ts';
import { measureMemory } from './rows/memory.ts';
import { openRows } from './rows/open-rows.ts';
import { memoryFolder, scratchFolder } from './scratch-folder.ts';
import { asTable } from './table.ts';

/** Measures everything and prints one table, or one JSON object. Throws at the first wrong answer. */
export async function runBench(options: Options): Promise<void> {
  const directory = scratchFolder('bench');
  const say = (text: string): void => void (options.json || process.stderr.write(`${text}\n`));
  const upstream = await spawnLeanUpstream();
  const rows = await openRows({ directory, upstream, memory: memoryFolder('bench'), few: options.few });
  await measure(rows, options, (round) => say(`round ${round + 1} of ${options.rounds}, ${rows.length} rows in turn`));
  for (const row of rows) await row.stop();
  say('tools/list');
  const lists = await measureLists(directory, options.sliceMs);
  say(`memory over ${options.memoryCalls} calls`);
  const memory = options.memoryCalls === 0 ? null : await measureMemory(directory, upstream.url, options.memoryCalls);
  say('cold start');
  const coldStart = await measureColdStart(directory, upstream.url, Math.min(options.rounds, 5));
  await upstream.close();
  const report = reportOf(rows, { memory, lists, coldStart });
  process.stdout.write(`${options.json ? asJson(report) : asTable(report)}\n`);
}
