import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Once before all tests: a place where files of this run find the servers that they share. */
export default function startTestRun() {
  process.env.SALLYPORT_TEST_RUN = mkdtempSync(join(tmpdir(), 'sallyport-test-run-'));
}
