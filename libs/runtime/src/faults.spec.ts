import type { FileProblem } from '@sallyport/config';
import { faultsOf } from './faults.ts';
import type { UpstreamStatus } from './upstream-set.ts';

const usage = { programs: 0, sessions: 0, stderr: { lines: 0, bytes: 0 } };

function faults(
  why: Readonly<Record<string, string | null>>,
  problems: readonly FileProblem[] = [],
  { met = false, unlisted = [] as readonly string[] } = {},
) {
  const states: UpstreamStatus[] = Object.entries(why).map(([id, text]) => {
    return { id, state: text === null ? 'up' : 'down', recorded: true, why: text, usage };
  });
  const upstreams = { states: () => states, unlisted: () => unlisted } as Partial<
    Parts['upstreams']
  > as Parts['upstreams'];
  const activeConfigs = { problems: () => problems } as Partial<Parts['activeConfigs']> as Parts['activeConfigs'];
  return faultsOf({ upstreams, activeConfigs, met });
}

type Parts = Parameters<typeof faultsOf>[0];

const problem = (message: string, hint = ''): FileProblem => ({ file: 's.yaml', line: 2, column: 3, message, hint });

describe('the faults of an instance', () => {
  it('are none where every upstream answers and the files are in force', () => {
    expect(faults({ orders: null, files: null })).toEqual([]);
  });

  it('name each upstream that can’t be asked, why, and where it is configured', () => {
    const found = faults({ orders: 'HTTP 503', files: null, mail: 'no such program' });
    expect(found.map(({ about, fires }) => [about, fires])).toEqual([
      ['upstream orders', false],
      ['upstream mail', false],
    ]);
    expect(found[0]?.detail).toContain('HTTP 503');
    expect(found[1]?.hint).toContain('upstreams.mail');
  });

  it('name each upstream that had its time to say what it offers and did not', () => {
    expect(faults({ orders: null, files: null }, [], { unlisted: ['orders'] })).toEqual([]);
    expect(faults({ orders: null, files: null }, [], { met: true, unlisted: ['orders'] })).toMatchObject([
      { about: 'upstream orders', fires: false, detail: expect.stringContaining('has not answered yet') },
    ]);
  });

  it('name all problems of the files in one finding, each with its place and what to change', () => {
    const found = faults({}, [problem('unknown key', 'Take it out.'), problem('not a number')]);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ about: 'reload', fires: false });
    expect(found[0]?.hint).toContain('taken again when they change');
    expect(found[0]?.detail).toMatch(/s\.yaml:2:3 unknown key\s+Take it out\.; s\.yaml:2:3 not a number$/);
  });

  it('tell upstreams and files side by side', () => {
    expect(faults({ orders: 'HTTP 503' }, [problem('unknown key')]).map(({ about }) => about)).toEqual([
      'upstream orders',
      'reload',
    ]);
  });
});
