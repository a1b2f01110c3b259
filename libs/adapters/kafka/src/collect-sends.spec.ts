import { jest } from '@jest/globals';
import type { BusRecord } from '@sallyport/contracts';
import { BusUnavailable } from '@sallyport/contracts';
import { collectSends } from './collect-sends.ts';

const record = (size = 1): BusRecord => ({ topic: 't', value: Buffer.alloc(size) });

/** What was sent goes out in the next turn of the event loop, and what its answer sets free in the one after it. */
async function turn(): Promise<void> {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}

describe('sends', () => {
  afterEach(() => void jest.useRealTimers());

  it('fail in time, and at once when too many are out', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
    const heard: boolean[] = [];
    const never = () => new Promise(() => undefined);
    const send = collectSends({ flush: never, timeoutMs: 20, heard: (ok) => heard.push(ok) });
    for (let sent = 0; sent < 16; sent++) {
      const failed = expect(send(record())).rejects.toThrow(BusUnavailable);
      await turn();
      jest.advanceTimersByTime(20);
      await failed;
    }
    await expect(send(record())).rejects.toThrow('does not answer');
    expect(heard).toEqual(Array(16).fill(false));
  });

  it('work again when the broker answers', async () => {
    let fails = 20;
    const flush = async () => {
      if (fails-- > 0) throw new Error('refused');
    };
    const send = collectSends({ flush, timeoutMs: 1_000, heard: () => undefined });
    for (let turn = 0; turn < 20; turn++) await expect(send(record())).rejects.toThrow('refused');
    await send(record());
  });

  it('of one turn go together', async () => {
    const sizes: number[] = [];
    const flush = async (records: readonly BusRecord[]) => void sizes.push(records.length);
    const send = collectSends({ flush, timeoutMs: 1_000, heard: () => undefined });
    await Promise.all(Array.from({ length: 50 }, () => send(record())));
    await send(record());
    expect(sizes).toEqual([50, 1]);
  });

  it('are cut where a batch would be too large, in order', async () => {
    const sizes: number[][] = [];
    const flush = async (records: readonly BusRecord[]) => void sizes.push(records.map(({ value }) => value.length));
    const send = collectSends({ flush, timeoutMs: 1_000, heard: () => undefined });
    await Promise.all([500_000, 300_000, 1, 2_000_000, 3].map((size) => send(record(size))));
    expect(sizes).toEqual([[500_000, 300_000], [1], [2_000_000], [3]]);
  });

  it('of a topic wait for the request that is out, and other topics do not', async () => {
    const out: { topics: string[]; answer: () => void }[] = [];
    const flush = (records: readonly BusRecord[]) =>
      new Promise<void>((answer) => out.push({ topics: records.map(({ topic }) => topic), answer }));
    const send = collectSends({ flush, timeoutMs: 1_000, heard: () => undefined });
    const sent = [send({ ...record(), topic: 'a' })];
    await turn();
    sent.push(send({ ...record(), topic: 'a' }), send({ ...record(), topic: 'b' }));
    await turn();
    sent.push(send({ ...record(), topic: 'a' }));
    await turn();
    expect(out.map(({ topics }) => topics)).toEqual([['a'], ['b']]);
    out[0]?.answer();
    await turn();
    expect(out.map(({ topics }) => topics)).toEqual([['a'], ['b'], ['a', 'a']]);
    for (const { answer } of out) answer();
    await Promise.all(sent);
  });

  it('that wait behind a request without an answer fail with it', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
    const flush = jest.fn(() => new Promise(() => undefined));
    const send = collectSends({ flush, timeoutMs: 50, heard: () => undefined });
    const first = expect(send(record())).rejects.toThrow(BusUnavailable);
    await turn();
    jest.advanceTimersByTime(10);
    const second = expect(send(record())).rejects.toThrow(BusUnavailable);
    await turn();
    jest.advanceTimersByTime(40);
    await Promise.all([first, second]);
    expect(flush).toHaveBeenCalledTimes(1);
  });
});
