import { readFileSync } from 'node:fs';

const ticksPerSecond = 100;

/** User and system time that a process has used so far, milliseconds. Linux: /proc/<pid>/stat, proc(5). */
export function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
}
