import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startSallyport } from '../sallyport/run-sallyport.ts';
import { createDriver } from '../load/drive.ts';
import { manyCallers } from './row.ts';

/** Resident memory of the guarded instance, MB. */
export interface Memory {
  readonly rest: number;
  readonly after: number;
  /** The highest that it was; null where the system does not say. */
  readonly peak: number | null;
  readonly calls: number;
}

/** Starts a fresh instance, looks at its memory at rest, and again after that many calls by 32 callers. */
export async function measureMemory(directory: string, upstream: string, calls: number): Promise<Memory> {
  const sallyport = await startSallyport({ directory: join(directory, 'memory'), upstream });
  const driver = createDriver({ url: sallyport.endpoint, tokens: sallyport.files.tokens });
  try {
    await pause(2_000);
    const { rssMb: rest } = await sallyport.usage();
    await driver.calls(manyCallers, { count: calls });
    await pause(2_000);
    const { rssMb: after } = await sallyport.usage();
    return { rest, after, peak: peakOf(sallyport.pid), calls };
  } finally {
    await sallyport.stop();
  }
}

function peakOf(pid: number): number | null {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? null : Number(kilobytes) / 1024;
  } catch {
    return null; // no procfs here
  }
}
