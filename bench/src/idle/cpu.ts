import { readdirSync, readFileSync } from 'node:fs';

/** Milliseconds that all threads of a process have been on a CPU so far, to the nanosecond. Linux: /proc/<pid>/schedstat, proc(5). */
export function threadsCpuMs(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => sum + onCpuMs(`${pid}/task/${thread}`), 0);
}

const seen = new Map<string, number>();

/** The same of all connections that PostgreSQL has or had to a database; of those that are gone, as far as they were seen. */
export function backendsCpuMs(database: string): number {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const title = textOf(pid, 'cmdline');
    if (title.startsWith('postgres: ') && title.includes(` ${database} `)) seen.set(`${database} ${pid}`, onCpuMs(pid));
  }
  return [...seen].filter(([key]) => key.startsWith(`${database} `)).reduce((sum, [, ms]) => sum + ms, 0);
}

function onCpuMs(path: string): number {
  return Number(textOf(path, 'schedstat').split(' ')[0]) / 1e6;
}

/** The containers' processes are seen here, too. */
function textOf(path: string, file: string): string {
  try {
    return readFileSync(`/proc/${path}/${file}`, 'utf8');
  } catch {
    return ''; // it has ended
  }
}
