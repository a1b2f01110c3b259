import type { BusRecord } from '@sallyport/contracts';
import { BusUnavailable } from '@sallyport/contracts';
import { collectSends } from './collect-sends.ts';

const record = (size = 1): BusRecord => ({ topic: 't', value: Buffer.alloc(size) });

describe('sends', () => {
  it('fail in time, and at once when too many are out', async () => {
    const heard: boolean[] = [];
    const never = () => new Promise(() => undefined);
    const send = collectSends({ flush: never, timeoutMs: 20, heard: (ok) => heard.push(ok) });
    for (let turn = 0; turn < 16; turn++) await expect(send(record())).rejects.toThrow(BusUnavailable);
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
    const turn = () => new Promise((resolve) => setTimeout(resolve, 5));
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
    const never = () => new Promise(() => undefined);
    const send = collectSends({ flush: never, timeoutMs: 50, heard: () => undefined });
    const first = send(record());
    await new Promise((resolve) => setTimeout(resolve, 10));
    const began = performance.now();
    await Promise.all([first, send(record())].map((sent) => expect(sent).rejects.toThrow(BusUnavailable)));
    expect(performance.now() - began).toBeLessThan(80);
  });
});
