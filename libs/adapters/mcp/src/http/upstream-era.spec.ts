import type { JsonObject } from '@sallyport/contracts';
import { discovered, takesNoPosts } from './upstream-era.ts';

const answered = (status: number, message: JsonObject) =>
  discovered({ kind: 'whole', status, headers: {}, body: JSON.stringify({ jsonrpc: '2.0', id: 7, ...message }) }, 7)
    .era;
const refusal = (supported: string[]) => ({
  code: -32022,
  message: 'Unsupported protocol version',
  data: { supported },
});

describe('an answer', () => {
  it.each([
    [405, '', true],
    [404, '{"detail":"Not Found"}', true],
    [400, 'No transport for this session', true],
    [400, '{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"No session"}}', false],
    [401, '', false],
    [200, '', false],
  ])('of HTTP %i and %j says that nothing is POSTed: %j', (status, body, expected) => {
    expect(takesNoPosts({ kind: 'whole', status, headers: {}, body })).toBe(expected);
  });
});

describe('the era of an upstream', () => {
  it.each([401, 403, 429, 502])('is not told by HTTP %i', (status) => {
    expect(() => answered(status, {})).toThrow('server/discover');
  });

  it('is legacy where our version is not named', () => {
    expect(answered(200, { error: { code: -32601, message: 'Method not found' } })).toBe('legacy');
    expect(answered(400, { error: refusal(['2027-01-01']) })).toBe('legacy');
    expect(answered(200, { id: 8, result: { supportedVersions: ['2026-07-28'] } })).toBe('legacy');
  });

  it('is modern where it is, also in a refusal of the first try', () => {
    expect(answered(200, { result: { supportedVersions: ['2026-07-28'] } })).toBe('modern');
    expect(answered(400, { error: refusal(['2026-07-28']) })).toBe('modern');
  });
});
