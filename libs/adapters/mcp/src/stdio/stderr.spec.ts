import { Stderr } from './stderr.ts';

function stderr(mode: 'count' | 'log') {
  const time = { now: 0 };
  const logged: string[] = [];
  const made = new Stderr({
    mode,
    clock: { now: () => 0, monotonic: () => time.now },
    log: (level, message, fields) => logged.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`),
  });
  const push = (run: ReturnType<Stderr['open']>, text: string): void => run.push(Buffer.from(text));
  return { made, logged, time, push };
}

describe('stderr that is counted', () => {
  it('is never logged once calls reach the program, be it in pieces, at its end or in a later run', () => {
    const { made, logged, push } = stderr('count');
    const run = made.open();
    push(run, 'starting\n');
    run.ready();
    push(run, 'called with {"iban":"DE');
    push(run, '89"}\n');
    run.ended();
    const next = made.open();
    next.ready();
    push(next, 'and again {"iban"}\n');
    next.ended();
    expect(logged.join()).not.toMatch(/iban|89|starting/);
    expect(made.written()).toEqual({ lines: 3, bytes: 56 });
  });

  it('is told of at most once a minute, with how to see it', () => {
    const { made, logged, push, time } = stderr('count');
    const run = made.open();
    run.ready();
    for (time.now = 0; time.now < 120_000; time.now += 1_000) push(run, 'line\n');
    expect(logged).toHaveLength(2);
    expect(logged[1]).toContain('set `stderr: log`');
    expect(logged[1]).toContain('"lines":61');
  });

  it('shows what an error says, however many frames its stack has', () => {
    const { made, logged, push } = stderr('count');
    const run = made.open();
    push(run, `Error: Cannot find module 'server.mjs'\n${'    at load (node:internal:1:1)\n'.repeat(30)}Node.js v24\n`);
    run.ended();
    expect(logged.join('\n')).toContain('Cannot find module');
    expect(logged.join('\n')).not.toContain('at load');
  });

  it('shows the last lines of a start that failed, once, without the body of a private key', () => {
    const { made, logged, push } = stderr('count');
    const run = made.open();
    const key = ['-----BEGIN RSA PRIVATE KEY-----', 'MIIEpAIBAAKCAQEA', '-----END RSA PRIVATE KEY-----'];
    push(run, [...Array.from({ length: 50 }, (_, at) => `line ${at}`), ...key, 'no such host', ''].join('\n'));
    run.ended();
    run.ended();
    const shown = logged.filter((line) => line.includes('did not get ready'));
    expect(shown).toHaveLength(10);
    expect(shown.at(-1)).toContain('no such host');
    expect(shown.join()).not.toMatch(/MIIE|line 41"/);
  });
});

describe('starts that fail alike', () => {
  it('are told once, then counted, until one got ready or says something else', () => {
    const { made, logged, push } = stderr('count');
    const fail = (text: string): number => {
      logged.length = 0;
      const run = made.open();
      push(run, text);
      run.ended();
      return logged.filter((line) => line.includes('"text"')).length;
    };
    expect(fail('E404 no such package\nsee /logs/2026-01-01T10_11.log\n')).toBe(2);
    expect(fail('E404 no such package\nsee /logs/2026-01-01T10_12.log\n')).toBe(0);
    expect(logged.join()).toMatch(/the same .*"times":2/);
    expect(fail('no network\n')).toBe(1);
    made.open().ready();
    expect(fail('no network\n')).toBe(1);
    expect(fail('')).toBe(0);
  });
});

describe('stderr that is logged', () => {
  it('is bounded per minute and per line, and says how much was left out', () => {
    const { made, logged, push, time } = stderr('log');
    const run = made.open();
    push(run, 'a line\n'.repeat(5_000));
    push(run, 'x'.repeat(1_000_000));
    expect(logged.filter((line) => line.includes('a line'))).toHaveLength(100);
    time.now = 61_000;
    push(run, '\nlater\n');
    expect(logged.at(-2)).toContain('"left_out":4900');
    expect(logged.at(-1)).toContain('later');
    expect(logged.join().length).toBeLessThan(20_000);
  });
});
