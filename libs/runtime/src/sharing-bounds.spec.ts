import { type ConfigInput, configSchema } from '@sallyport/contracts';
import { httpLimits } from './http-limits.ts';
import { sharingBounds } from './sharing-bounds.ts';

const bounds = (upstreams: ConfigInput['upstreams']) => sharingBounds(configSchema.parse({ upstreams }));

describe('what callers may have open at upstreams', () => {
  it('is not told of a program that all share', () => {
    expect(bounds({ one: { command: ['one'], share: 'all' } })).toEqual([]);
  });

  it('is told of programs that are not shared by all, and of sessions of a server', () => {
    const found = bounds({
      own: { command: ['own'], share: 'subject', max_programs: 8, max_programs_per_subject: 2 },
      far: { url: 'http://far.test/mcp', max_sessions: 4, max_sessions_per_subject: 1 },
    });
    expect(found.map(({ about, detail }) => [about, detail])).toEqual([
      ['programs/own', 'at most 8 programs, in use for one tenant 6, of one subject 2'],
      ['sessions/far', 'at most 4 sessions, in use for one tenant 3, of one subject 1'],
    ]);
  });

  it('leaves no subject all of a small number, where nothing is said of subjects', () => {
    expect(bounds({ own: { command: ['own'], share: 'subject', max_programs: 4 } })[0]?.detail).toMatch(
      /of one subject [12]$/,
    );
  });
});

it('limits of connections are told with every setting by its name', () => {
  const { http } = configSchema.parse({ upstreams: {}, http: { headers_within: '7s' } });
  const { detail } = httpLimits({ http });
  expect(detail).toContain('headers_within 7000 ms');
  for (const name of Object.keys(http)) expect(detail).toMatch(new RegExp(`\\b${name} \\d+`));
});
