import { waitingText } from './waiting-text.ts';

type Parts = Parameters<typeof waitingText>[0];

function told(
  waiting: readonly string[],
  listed: number,
  command: string | null = 'sallyport definitions approve',
  unlisted = ['up'],
) {
  const definitions = { waiting: () => waiting, list: () => Array<never>(listed) };
  const upstreams = { all: new Map([['up', {}]]), unlisted: () => unlisted };
  const loaded = { file: '/a.yaml' } as Parts['loaded'];
  return waitingText({ loaded, approveDefinitions: () => command, runtime: { definitions, upstreams } });
}

describe('what a client over standard streams is told at the start', () => {
  it('is nothing where nothing waits', () => expect(told([], 3)).toBeNull());
  it('is how many definitions wait, and the command', () => {
    expect(told(['a'], 1)).toMatch(/^1 definition hidden until approved\. .*: sallyport definitions approve$/);
    expect(told(['a', 'b'], 3)).toMatch(/^2 definitions hidden/);
  });
  it('is that nobody knows yet, before servers have answered', () =>
    expect(told([], 0)).toMatch(/^No server has said/));
  it('is nothing where a server has answered that it has no tools', () => {
    expect(told([], 0, 'sallyport definitions approve', [])).toBeNull();
  });
  it('is what is in the way where no command reaches the program', () => {
    expect(told(['a'], 1, null)).toContain('set `listen` in /a.yaml to a free address');
  });
});
