import fc from 'fast-check';
import { createCounting } from './counted.ts';

function open() {
  let now = 0;
  let isAway = false;
  const written: (readonly [who: string, what: string, count: number])[] = [];
  const incident: string[] = [];
  const counting = createCounting<{ who: string; what: string }>({
    clock: { now: () => now, monotonic: () => now },
    observer: { incident: (what) => void incident.push(what) },
    async write({ kind: { who, what }, count }) {
      await Promise.resolve();
      if (isAway) throw new Error('away');
      written.push([who, what, count]);
    },
    various: ({ who }) => ({ who, what: '_various' }),
  });
  const add = (who: string, what: string): void => counting.add(who, what, { kind: { who, what } });
  return {
    ...{ counting, add, written, incident },
    sum: () => written.reduce((all, [, , count]) => all + count, 0),
    pass: (ms: number) => void (now += ms),
    turn: (away: boolean) => void (isAway = away),
  };
}

type Opened = ReturnType<typeof open>;

/** Refusals of one subject, so many each second, each of another kind; flushed once a second. */
async function flood({ add, pass, counting }: Opened, seconds: number, perSecond = 50): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    for (let at = 0; at < perSecond; at += 1) add('mallory', `kind ${second} ${at}`);
    pass(1_000);
    await counting.flush();
  }
}

describe('counting', () => {
  it('writes equal refusals as one, a few kinds by name and the others together', async () => {
    const { counting, add, written } = open();
    for (let at = 0; at < 300; at += 1) add('mallory', `tool ${at % 10}`);
    await counting.flush();
    expect(written).toEqual([
      ['mallory', 'tool 0', 30],
      ['mallory', 'tool 1', 30],
      ['mallory', 'tool 2', 30],
      ['mallory', '_various', 210],
    ]);
  });

  it('writes less than one event a second of a subject that varies what is refused, and loses none', async () => {
    const opened = open();
    await flood(opened, 60);
    expect(opened.written.length).toBeLessThanOrEqual(16);
    await flood(opened, 600);
    expect(opened.written.length).toBeLessThanOrEqual(16 + 44);
    await opened.counting.close();
    expect(opened.sum()).toBe(660 * 50);
  });

  it('waits no longer than a minute, and begins again after a rest', async () => {
    const opened = open();
    await flood(opened, 200);
    opened.pass(60_000);
    await opened.counting.flush();
    expect(opened.sum()).toBe(200 * 50);
    opened.pass(60_000);
    await opened.counting.flush();
    opened.add('mallory', 'late');
    await opened.counting.flush();
    expect(opened.written.at(-1)).toEqual(['mallory', 'late', 1]);
  });

  it('lets nobody begin again by short pauses', async () => {
    const opened = open();
    for (let pulse = 0; pulse < 60; pulse += 1) {
      await flood(opened, 1);
      opened.pass(9_000);
      await opened.counting.flush();
    }
    // Ten minutes.
    expect(opened.written.length).toBeLessThanOrEqual(70);
  });

  it('holds up what is counted of nobody else', async () => {
    const opened = open();
    await flood(opened, 100);
    opened.add('ann', 'wrong arguments');
    await opened.counting.flush();
    expect(opened.written.at(-1)).toEqual(['ann', 'wrong arguments', 1]);
  });

  it('keeps what can not be written, and writes it as soon as it can', async () => {
    const opened = open();
    opened.turn(true);
    await flood(opened, 3);
    expect([opened.written, opened.incident.length]).toEqual([[], 12]);
    opened.turn(false);
    await opened.counting.flush();
    expect(opened.sum()).toBe(150);
  });

  it('loses nothing at the end, not what is being written just then', async () => {
    const { counting, add, turn, sum } = open();
    add('mallory', 'a');
    turn(true);
    void counting.flush();
    await Promise.resolve();
    add('mallory', 'a');
    const closed = counting.close();
    await new Promise((resolve) => setImmediate(resolve));
    turn(false);
    add('mallory', 'a');
    await closed;
    await counting.close();
    expect(sum()).toBe(3);
  });

  it('writes as many as were counted, whatever happens in between', async () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant('add' as const),
        who: fc.nat(2),
        what: fc.nat(8),
        times: fc.integer({ min: 1, max: 9 }),
      }),
      fc.record({ do: fc.constant('pass' as const), ms: fc.nat(90_000) }),
      fc.record({ do: fc.constant('turn' as const), away: fc.boolean() }),
      fc.constant({ do: 'flush' as const }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { counting, add, pass, turn, sum } = open();
        let added = 0;
        for (const one of steps) {
          if (one.do === 'add') for (let time = 0; time < one.times; time += 1) add(`${one.who}`, `${one.what}`);
          if (one.do === 'add') added += one.times;
          if (one.do === 'pass') pass(one.ms);
          if (one.do === 'turn') turn(one.away);
          if (one.do === 'flush') void counting.flush();
        }
        await counting.flush();
        turn(false);
        await counting.close();
        expect(sum()).toBe(added);
      }),
    );
  });
});
