import fc from 'fast-check';
import { createCounting } from './counting.ts';

function open() {
  let now = 0;
  let isAway = false;
  let made = 0;
  let isWrittenAllTheSame = false;
  const ids = new Set<string>();
  const attempts: string[] = [];
  const written: (readonly [who: string, what: string, count: number])[] = [];
  const incident: string[] = [];
  const counting = createCounting<{ who: string; what: string }>({
    clock: { now: () => now, monotonic: () => now },
    observer: { incident: (what) => void incident.push(what) },
    ids: { ulid: () => String((made += 1)) },
    async write({ kind: { who, what }, count }, id) {
      attempts.push(id);
      await Promise.resolve();
      if (isAway && !isWrittenAllTheSame) throw new Error('away');
      // As a journal does with a commit that it has.
      if (!ids.has(id)) written.push([who, what, count]);
      ids.add(id);
      if (isAway) throw new Error('the answer was lost');
    },
    various: ({ who }) => ({ who, what: '_various' }),
  });
  const add = (who: string, what: string): void => counting.add(who, what, { kind: { who, what } });
  const write = (who: string, what: string) => counting.write(who, what, { kind: { who, what } });
  return {
    ...{ counting, add, write, written, attempts, incident },
    sum: () => written.reduce((all, [, , count]) => all + count, 0),
    pass: (ms: number) => void (now += ms),
    turn: (away: boolean) => void (isAway = away),
    /** What is written gets there, and its answer does not. */
    loseAnswers: () => void ([isAway, isWrittenAllTheSame] = [true, true]),
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

const steps = fc.oneof(
  fc.record({
    do: fc.constant('add' as const),
    who: fc.nat(2),
    what: fc.nat(8),
    times: fc.integer({ min: 1, max: 9 }),
  }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.nat(90_000) }),
  fc.record({ do: fc.constant('turn' as const), away: fc.boolean() }),
  fc.constant({ do: 'loseAnswers' as const }),
  fc.record({ do: fc.constant('write' as const), who: fc.nat(2), what: fc.nat(8) }),
  fc.constant({ do: 'flush' as const }),
);

type Step = typeof steps extends fc.Arbitrary<infer One> ? One : never;

/** Does it; resolves with how many refusals that were. */
async function take({ counting, add, write, pass, turn, loseAnswers }: Opened, step: Step): Promise<number> {
  switch (step.do) {
    case 'add':
      for (let time = 0; time < step.times; time += 1) add(`${step.who}`, `${step.what}`);
      return step.times;
    case 'write':
      await write(`${step.who}`, `${step.what}`);
      return 1;
    case 'pass':
      pass(step.ms);
      return 0;
    case 'turn':
      turn(step.away);
      return 0;
    case 'loseAnswers':
      loseAnswers();
      return 0;
    case 'flush':
      void counting.flush();
      return 0;
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
    opened.pass(120_000);
    await opened.counting.flush();
    opened.add('mallory', 'late');
    await opened.counting.flush();
    expect(opened.written.at(-1)).toEqual(['mallory', 'late', 1]);
    opened.add('mallory', 'later');
    opened.pass(4_000);
    await opened.counting.flush();
    expect(opened.written.at(-1)).toEqual(['mallory', 'later', 1]);
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

  it('counts nothing twice that was written without our learning of it', async () => {
    const { counting, add, write, written, incident, turn, loseAnswers } = open();
    loseAnswers();
    await write('mallory', 'a');
    await write('mallory', 'a');
    add('ann', 'b');
    await counting.flush();
    add('ann', 'b');
    await counting.flush();
    expect(incident.length).toBeGreaterThan(2);
    turn(false);
    await counting.close();
    const [a, b] = [
      ['mallory', 'a', 1],
      ['ann', 'b', 1],
    ];
    expect(written).toEqual([a, b, a, b]);
  });

  it('holds no more back of one subject than it counts of them, while nothing can be written', async () => {
    const { counting, write, written, turn } = open();
    turn(true);
    for (let at = 0; at < 50; at += 1) await write('mallory', `kind ${at}`);
    await counting.flush();
    turn(false);
    await counting.flush();
    const named = [0, 1, 2, 3].map((at) => ['mallory', `kind ${at}`, 1]);
    expect(written).toEqual([...named, ['mallory', '_various', 46]]);
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

  it('writes nothing that is being written', async () => {
    const { counting, add, attempts } = open();
    add('mallory', 'a');
    await Promise.all([counting.flush(), counting.flush(), counting.close()]);
    expect(attempts).toHaveLength(1);
  });

  it('tells how many it has no room for, and has room again once others are written', async () => {
    const { counting, add, pass, incident, sum } = open();
    for (let at = 0; at < 20_001; at += 1) add(`subject ${at}`, 'a');
    expect(incident).toEqual(['refusals_uncounted']);
    await counting.flush();
    pass(1_000);
    add('one more', 'a');
    await counting.flush();
    expect([incident.length, sum()]).toEqual([1, 20_001]);
  });

  it('writes as many as were counted, whatever happens in between', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { maxLength: 60 }), async (taken) => {
        const opened = open();
        const { counting, turn, sum } = opened;
        let added = 0;
        for (const one of taken) added += await take(opened, one);
        await counting.flush();
        turn(false);
        await counting.close();
        expect(sum()).toBe(added);
      }),
    );
  });
});
