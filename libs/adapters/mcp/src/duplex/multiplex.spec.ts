import { jest } from '@jest/globals';
import { failed } from '../wire/read-outcome.ts';
import { ownRequest } from './handshake.ts';
import { Multiplex } from './multiplex.ts';

afterEach(() => void jest.useRealTimers());

describe('a request over lines', () => {
  const clock = { monotonic: () => 0 };

  function requested() {
    jest.useFakeTimers();
    const lines = new Multiplex({
      clock,
      log: () => undefined,
      isOfOneClient: false,
      nextId: () => 1,
      write: (_, beforeWrite) => (beforeWrite() ? null : failed('cancelled', false, 'stopped')),
      onChanged: () => undefined,
      onResource: () => undefined,
    });
    const options = { ...ownRequest(1_000), limitMs: 5_000, progressToken: 'p' };
    const outcome = lines.request('tools/call', () => ({}), options);
    const tell = (progressToken: string): void => {
      jest.advanceTimersByTime(900);
      const params = { progressToken, progress: 1 };
      lines.receive([{ jsonrpc: '2.0', method: 'notifications/progress', params }], 1);
    };
    return { lines, outcome, tell };
  }

  it('is not given more time by progress of another, nor beyond its limit', async () => {
    const foreign = requested();
    foreign.tell('sp-2');
    jest.advanceTimersByTime(101);
    expect(await foreign.outcome).toMatchObject({ reason: 'upstream_timeout' });
    const own = requested();
    for (let times = 0; times < 5; times += 1) own.tell('sp-1');
    jest.advanceTimersByTime(600);
    expect(await own.outcome).toMatchObject({ reason: 'upstream_timeout' });
  });

  it('is given its time-out again by its own progress', async () => {
    const { lines, outcome, tell } = requested();
    for (let times = 0; times < 4; times += 1) tell('sp-1');
    lines.receive([{ jsonrpc: '2.0', id: 1, result: {} }], 1);
    expect(await outcome).toMatchObject({ kind: 'result' });
  });

  /** A request that waits for its turn to be written; `turn` says what came of asking for leave then. */
  function waiting(signal = new AbortController().signal) {
    jest.useFakeTimers();
    const written: string[] = [];
    const turn = Promise.withResolvers<() => boolean>();
    const lines = new Multiplex({
      clock,
      log: () => undefined,
      isOfOneClient: false,
      nextId: () => 1,
      write(text, beforeWrite) {
        written.push(text);
        turn.resolve(beforeWrite);
        return new Promise(() => undefined);
      },
      onChanged: () => undefined,
      onResource: () => undefined,
    });
    const outcome = lines.request('tools/call', () => ({}), { ...ownRequest(1_000), signal });
    return { outcome, written, turn: turn.promise };
  }

  it('whose time ends before its turn is not sent any more, and nothing is cancelled at the upstream', async () => {
    const { outcome, written, turn } = waiting();
    jest.advanceTimersByTime(1_001);
    expect(await outcome).toMatchObject({ reason: 'upstream_timeout', sent: false });
    expect((await turn)()).toBe(false);
    expect(written).toHaveLength(1);
  });

  it('whose caller is gone is not written', async () => {
    const { outcome, written } = waiting(AbortSignal.abort());
    expect(await outcome).toMatchObject({ reason: 'cancelled', sent: false });
    expect(written).toEqual([]);
  });
});
