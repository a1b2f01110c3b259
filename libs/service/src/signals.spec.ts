import { EventEmitter } from 'node:events';
import { onSignals } from './signals.ts';

function received(stop: () => Promise<boolean>) {
  const [source, lines] = [new EventEmitter(), [] as string[]];
  const say = (message: string): void => void lines.push(message);
  const logger = { level: 'debug', debug: say, info: say, warn: say, error: say } as const;
  const exited = new Promise<number>((exit) => onSignals({ stop, logger, waits: () => 'nothing', source, exit }));
  source.emit('SIGTERM');
  return { source, lines, exited };
}

describe('a signal to stop', () => {
  it.each([
    [true, 0],
    [false, 1],
  ])('ends the process when all is stopped (%s: %d)', async (clean, code) => {
    expect(await received(() => Promise.resolve(clean)).exited).toBe(code);
  });

  it('says why where nothing could be stopped, and ends the process all the same', async () => {
    const { exited, lines } = received(() => Promise.reject(new Error('the journal is gone')));
    expect(await exited).toBe(1);
    expect(lines).toContain('could not stop: the journal is gone');
  });

  it('ends it at once when it comes again', async () => {
    const { source, exited } = received(() => new Promise(() => undefined));
    source.emit('SIGINT');
    expect(await exited).toBe(130);
  });
});
