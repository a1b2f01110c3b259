import { boundedLog } from './bounded-log.ts';

describe('the log of an upstream', () => {
  it('is bounded per minute, and says how much was left out', () => {
    let now = 0;
    const lines: string[] = [];
    const log = boundedLog((_level, message, fields) => lines.push(`${message} ${JSON.stringify(fields ?? {})}`), {
      now: () => 0,
      monotonic: () => now,
    });
    for (let line = 0; line < 50_000; line += 1) log('info', 'noise');
    expect(lines).toHaveLength(200);
    now = 60_000;
    log('info', 'later');
    expect(lines.slice(200)).toEqual(['upstream said more than was logged {"left_out":49800}', 'later {}']);
  });
});
