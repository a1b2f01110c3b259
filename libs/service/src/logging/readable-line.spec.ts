import { readableLine } from './readable-line.ts';

const plain = (msg: string): string =>
  readableLine(JSON.stringify({ level: 50, time: 0, msg, step: 'a' })).replaceAll(/\u001b\[\d+m/g, '');

it('keeps the lines of a message apart, and lets none pass for an entry of its own', () => {
  expect(plain('not reloaded\na.yaml:1:1 wrong\n12:00:00 info  fine')).toMatch(
    /^\S+ ERROR not reloaded\n  a\.yaml:1:1 wrong\n  12:00:00 info  fine  step=a\n$/,
  );
});

it('lets nothing steer the terminal', () => expect(plain('a\u001b[2J\rb')).toContain('a [2J b'));
