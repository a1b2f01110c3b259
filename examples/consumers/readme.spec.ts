import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
const command = /```sh\n(kcat [\s\S]*?)```/.exec(readme)?.[1] ?? '';

/** What the command prints when kcat prints these records: tenant and sequence of each. */
function printed(records: readonly (readonly [tenant: string, sequence: number])[]): readonly string[] {
  const bin = mkdtempSync(join(tmpdir(), 'kcat-'));
  const lines = records.map(
    ([tenant, n]) => `${tenant} ce_type=x,ce_sequence=${String(n).padStart(18, '0')},content-type=application/json`,
  );
  writeFileSync(join(bin, 'kcat'), `#!/bin/sh\ncat <<'E'\n${lines.join('\n')}\nE\n`, { mode: 0o755 });
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
  const text = execFileSync('sh', ['-c', command], { env, encoding: 'utf8' });
  rmSync(bin, { recursive: true });
  return text.trim().split('\n').sort();
}

describe('the kcat command of the README', () => {
  it('names what is missing, and counts no duplicate', () => {
    expect(
      printed([
        ['shop', 1],
        ['shop', 2],
        ['bank', 1],
        ['shop', 5],
        ['shop', 2],
        ['shop', 4],
      ]),
    ).toEqual(['bank: 1 records, 1 to 1', 'shop: 4 records, 1 to 5, missing 3']);
  });

  it('is ten lines long at most', () => {
    expect(command.trim().split('\n').length).toBeLessThanOrEqual(10);
  });
});
