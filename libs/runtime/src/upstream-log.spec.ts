import type { Logger } from '@sallyport/service';
import { refusedClientRequests } from './refused-client-requests.ts';
import { upstreamLog } from './upstream-log.ts';

function recording() {
  const lines: unknown[][] = [];
  const take =
    (level: string) =>
    (...rest: unknown[]): void =>
      void lines.push([level, ...rest]);
  const logger: Logger = {
    level: 'debug',
    debug: take('debug'),
    info: take('info'),
    warn: take('warn'),
    error: take('error'),
  };
  return { lines, logger };
}

describe('the log of an upstream', () => {
  it('has neither what it was given in secret nor what steers a terminal, in words and in fields', () => {
    const { lines, logger } = recording();
    const log = upstreamLog(logger, 'orders', { TOKEN: 'a-very-secret-value' });
    log('warn', 'used a-very-secret-value\n\u001B[2Jforged', { text: 'x a-very-secret-value', code: 7 });
    const written = JSON.stringify(lines);
    expect(written).not.toContain('a-very-secret-value');
    expect(written).not.toContain('\\u001b');
    expect(lines[0]?.[0]).toBe('warn');
    expect(lines[0]?.[1]).toMatch(/^orders: used .*TOKEN/);
    expect(lines[0]?.[1]).not.toContain('\n');
    expect(lines[0]?.[2]).toMatchObject({ code: 7 });
  });

  it('needs no fields', () => {
    const { lines, logger } = recording();
    upstreamLog(logger, 'orders', {})('info', 'began');
    expect(lines).toEqual([['info', 'orders: began', {}]]);
  });
});

describe('requests of upstreams to clients that were refused', () => {
  const why = { reason: 'not_granted', says: 'see client_requests' } as Parameters<
    ReturnType<typeof refusedClientRequests>
  >[2];

  it('are logged once for each upstream, method and reason', () => {
    const { lines, logger } = recording();
    const refused = refusedClientRequests(logger);
    for (const upstream of ['a', 'a', 'b']) refused(upstream, 'roots/list', why);
    refused('a', 'elicitation/create', why);
    expect(lines).toHaveLength(3);
    expect(lines[0]?.[2]).toEqual({
      upstream: 'a',
      method: 'roots/list',
      reason: why.reason,
      hint: 'see client_requests',
    });
  });

  it('fill no log with methods that an upstream makes up', () => {
    const { lines, logger } = recording();
    const refused = refusedClientRequests(logger);
    for (let n = 0; n < 1_100; n += 1) refused('a', `made/up${n}`, why);
    expect(lines).toHaveLength(1_000);
  });
});
