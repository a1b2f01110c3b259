import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { spawnLeanUpstream } from '@sallyport/testing';
import { startSallyport } from '../sallyport/run-sallyport.ts';
import { createDriver } from '../load/drive.ts';
import type { Options } from '../options.ts';
import { manyCallers } from '../rows/row.ts';
import { scratchFolder } from '../scratch-folder.ts';
import { type CpuProfile, selfTimes } from './self-times.ts';

/** Runs the guarded instance under a CPU profiler (each thread gets a profile) and prints where its time goes. */
export async function runProfile({ warmUp, sliceMs, rounds }: Options, folder: string): Promise<void> {
  const profiles = resolve(folder);
  mkdirSync(profiles, { recursive: true });
  const upstream = await spawnLeanUpstream();
  const sallyport = await startSallyport({
    directory: scratchFolder('profile'),
    upstream: upstream.url,
    execArgv: ['--cpu-prof', `--cpu-prof-dir=${profiles}`, '--cpu-prof-interval=200'],
  });
  const driver = createDriver({ url: sallyport.endpoint, tokens: sallyport.files.tokens });
  await driver.calls(manyCallers, { count: warmUp });
  const { calls } = await driver.calls(manyCallers, { ms: sliceMs * rounds });
  await sallyport.stop();
  await upstream.close();
  for (const file of readdirSync(profiles).filter((name) => name.endsWith('.cpuprofile'))) {
    const profile = JSON.parse(readFileSync(join(profiles, file), 'utf8')) as CpuProfile;
    process.stdout.write(`${file} (${calls + warmUp} calls)\n${selfTimes(profile, 30).join('\n')}\n`);
  }
}
