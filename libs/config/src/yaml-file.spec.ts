import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { readYaml, valueOf } from './yaml-file.ts';

describe('a file of YAML', () => {
  let file: string;
  beforeEach(() => (file = join(mkdtempSync(join(tmpdir(), 'sallyport-yaml-')), 'a.yaml')));
  afterEach(() => rmSync(join(file, '..'), { recursive: true }));

  async function said(text: string) {
    writeFileSync(file, text);
    const read = await readYaml(file, 'Write it.');
    return read.ok ? valueOf(read.source, z.record(z.string(), z.array(z.string()))) : read;
  }

  it('is refused for each value that begins with a star, where it stands, with what to write', async () => {
    const answer = await said('hosts:\n  - *.example.com\nroles: [buyer, *-admin]\n');
    const problems = answer.ok ? [] : answer.problems;
    expect(problems.map(({ line, column, message }) => `${line}:${column} ${message}`)).toEqual([
      '2:5 "*.example.com" names no value of this file',
      '3:16 "*-admin" names no value of this file',
    ]);
    expect(problems.map(({ hint }) => hint)).toContain('Write a value that begins with * in quotes.');
    expect(await said('roles: [*]\n')).toMatchObject({ ok: false, problems: [{ line: 1, column: 9 }] });
  });

  it('is refused for a value that begins with an exclamation mark, which YAML would leave out', async () => {
    const answer = await said('hosts: [!internal]\ntokens:\n  - !secret shop\n');
    expect(answer.ok ? [] : answer.problems).toMatchObject([
      { line: 1, column: 9, message: expect.stringContaining('!internal'), hint: expect.stringContaining('in quotes') },
      { line: 3, column: 5, message: expect.stringContaining('!secret') },
    ]);
    expect(await said('roles: [!!str 5]\n')).toEqual({ ok: true, value: { roles: ['5'] } });
  });

  it('is refused when it repeats a value too often', async () => {
    const answer = await said(`a: &a [x]\nb: [${'*a, '.repeat(300)}]\n`);
    expect(answer).toMatchObject({ ok: false, problems: [{ file, message: expect.stringContaining('alias') }] });
  });

  it('may name a value and use it again', async () => {
    expect(await said('a: &all [x, y]\nb: *all\n')).toEqual({ ok: true, value: { a: ['x', 'y'], b: ['x', 'y'] } });
  });

  it('that is not there is told with what to do', async () => {
    expect(await readYaml(file, 'Write it.')).toEqual({
      ok: false,
      problems: [{ file, line: 1, column: 1, message: 'there is no such file', hint: 'Write it.' }],
    });
  });
});
