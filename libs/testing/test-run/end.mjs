import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';

/** Once after all tests: removes the containers of this run, shared ones and those that a failed test left behind. */
export default function endTestRun() {
  const run = process.env.SALLYPORT_TEST_RUN;
  const filter = `label=dev.sallyport.test-run=${run}`;
  const listed = spawnSync('docker', ['ps', '--all', '--quiet', '--filter', filter], { encoding: 'utf8' });
  const ids = (listed.stdout ?? '').split('\n').filter(Boolean);
  if (ids.length > 0) spawnSync('docker', ['rm', '--force', '--volumes', ...ids], { stdio: 'ignore' });
  rmSync(run, { recursive: true, force: true });
}
