import { jest } from '@jest/globals';
import type { Outcome, ResourceListener } from '@sallyport/contracts';
import { createKeptListener } from './kept-listener.ts';

const made: Outcome = { kind: 'result', result: {} };
const down: Outcome = { kind: 'failed', reason: 'upstream_down', sent: false, detail: 'down' };

function build(answers: Outcome[] = []) {
  const stop = new AbortController();
  const heard: string[] = [];
  const judged = { why: null as string | null, times: 0 };
  const asked: number[] = [];
  const client: ResourceListener = {
    signal: stop.signal,
    updated: () => void heard.push('updated'),
    ended: (why) => (heard.push(why), stop.abort()),
  };
  const listener = createKeptListener({
    clock: { monotonic: () => Date.now() },
    client,
    async refusal() {
      judged.times += 1;
      if (judged.why === 'throws') throw new Error('no journal');
      return judged.why;
    },
    async again() {
      asked.push(Date.now());
      return answers.shift() ?? made;
    },
  });
  return { listener, heard, judged, asked, stop };
}

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
beforeEach(() => void jest.useFakeTimers({ now: 0 }));
afterEach(() => jest.useRealTimers());

describe('a subscription', () => {
  it.each([
    ['Not you any more.', 'Not you any more.'],
    ['throws', 'Whether you may read the resource could not be judged.'],
  ])('ends, and tells nothing, once its subject may not read the resource: %s', async (why, said) => {
    const { listener, heard, judged } = build();
    judged.why = why;
    listener.updated();
    await pass(0);
    listener.updated();
    await pass(10_000);
    expect(heard).toEqual([said]);
  });

  it('tells nothing to who is gone meanwhile', async () => {
    const { listener, heard, stop } = build();
    listener.updated();
    stop.abort();
    listener.ended('closed');
    await pass(100_000);
    expect(heard).toEqual([]);
  });

  it('is told at once, and of a flood a few times only', async () => {
    const { listener, heard, judged } = build();
    for (let time = 0; time < 1_000; time += 1) listener.updated();
    await pass(0);
    expect(heard).toEqual(['updated']);
    await pass(10_000);
    expect([heard, judged.times]).toEqual([['updated', 'updated'], 2]);
  });

  it('is made again with growing pauses when it is lost, and counts as updated then', async () => {
    const { listener, heard, asked } = build([down, down]);
    listener.ended('the server ended its stream');
    await pass(10_000);
    expect([heard, asked]).toEqual([['updated'], [500, 1_500, 3_500]]);
  });

  it('is made again with growing pauses by a server that soon loses it each time', async () => {
    const { listener, asked } = build();
    for (let time = 0; time < 3; time += 1) {
      listener.ended('the server ended its stream');
      await pass(5_000);
    }
    expect(asked).toEqual([500, 6_000, 12_000]);
    await pass(60_000);
    listener.ended('the server ended its stream');
    await pass(5_000);
    expect(asked.at(-1)).toBe(75_500);
  });

  it('ends where the server refuses to make it again', async () => {
    const { listener, heard } = build([down, { kind: 'error', code: -32002, message: 'secret' }]);
    listener.ended('the server ended its stream');
    await pass(10_000);
    expect(heard).toEqual(['The server has lost the subscription and refuses another.']);
  });
});
