import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from '@sallyport/testing/harness';

const program = `
const { endsWithUs } = await import(${JSON.stringify(new URL('running.ts', import.meta.url).href)});
const { spawn } = await import('node:child_process');
const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)']);
endsWithUs(child);
console.log(child.pid);
setInterval(() => 0, 1000);
`;

const lives = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('endsWithUs', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends what was started at %s', async (signal, expected) => {
    const args = ['--conditions=@sallyport/source', '--input-type=module', '-e', program];
    const run = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [pid] = (await once(run.stdout, 'data')) as [Buffer];
    run.kill(signal);
    expect(await once(run, 'exit')).toEqual([expected, null]);
    await eventually(() => !lives(Number(pid.toString())), 5000);
  });
});
