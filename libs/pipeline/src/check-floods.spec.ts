import { configSchema } from '@sallyport/contracts';
import { checkFloods } from './check-floods.ts';

const parse = (floods: object) => configSchema.safeParse({ upstreams: {}, floods });

describe('floods', () => {
  it('are limited by default, and the self-check shows how', () => {
    expect(checkFloods(configSchema.parse({ upstreams: {} }))).toMatchObject([
      { about: 'floods/requests', fires: true, detail: '2000 in 1000 ms, 4000 at once' },
      { about: 'floods/attempts', fires: true, detail: '50 in 1000 ms, 1000 at once' },
      { about: 'floods/failures', fires: true, detail: '50 in 1000 ms, 100 at once' },
      { about: 'floods/subscriptions', fires: true, detail: '256 at a time' },
    ]);
  });

  it('can not be configured so that attempts are never limited', () => {
    const error = parse({ attempts: { rate: '3000/s', burst: 5_000 } }).error;
    expect(error?.issues).toMatchObject([{ path: ['floods', 'attempts'], message: expect.stringContaining('never') }]);
    expect(parse({ attempts: { rate: '3000/s' } }).success).toBe(true);
    expect(parse({ attempts: { rate: '0/s' } }).success).toBe(false);
    expect(parse({ attempts: { burst: 0 } }).success).toBe(false);
    expect(parse({ tries: {} }).success).toBe(false);
  });
});
