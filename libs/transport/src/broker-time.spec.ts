import { createBrokerTime } from './broker-time.ts';

/** A process whose wall clock is off by `skewMs`, and a broker. Nothing here waits: time passes when it is told to. */
function setup(skewMs: number) {
  let elapsed = 0;
  const began = 1_700_000_000_000;
  const told: string[] = [];
  const time = createBrokerTime({
    clock: { now: () => began + elapsed + skewMs, monotonic: () => elapsed },
    observer: { decided: () => undefined, finished: () => undefined, incident: (what) => void told.push(what) },
  });
  const broker = (): number => Math.floor(began + elapsed);
  return {
    time,
    told,
    broker,
    pass: (ms: number) => void (elapsed += ms),
    /** A message that took so long to the broker, and so long back. */
    loopback(thereMs: number, backMs: number): void {
      const sent = elapsed;
      elapsed += thereMs;
      const appended = broker();
      elapsed += backMs;
      time.measured(sent, appended);
    },
  };
}

describe.each([0, 60_000, -60_000])('the broker’s clock, on a machine that is %d ms off', (skewMs) => {
  it('is known within what a message took, whatever the machine’s clock says', () => {
    const { time, broker, loopback, pass } = setup(skewMs);
    for (const [there, back] of [
      [400, 2],
      [1, 300],
      [2, 3],
    ] as const) {
      loopback(there, back);
      pass(2_000);
    }
    expect(Math.abs((time.now() ?? 0) - broker())).toBeLessThanOrEqual(6);
  });

  it('says when a moment is past, and not before', () => {
    const { time, broker, loopback, pass } = setup(skewMs);
    loopback(1, 1);
    const until = broker() + 5_000;
    expect(time.left(until)).toBeGreaterThan(4_990);
    pass(4_900);
    expect(time.left(until)).toBeGreaterThan(0);
    pass(200);
    expect(time.left(until)).toBeLessThan(0);
  });

  it('tells how far the machine is off, as an incident beyond a second', () => {
    const { time, told, loopback } = setup(skewMs);
    expect(time.skewMs()).toBeNull();
    for (let times = 0; times < 3; times += 1) loopback(1, 1);
    expect(Math.abs((time.skewMs() ?? 0) - skewMs)).toBeLessThanOrEqual(3);
    expect(told).toEqual(skewMs === 0 ? [] : ['clock_skewed']);
  });
});

it('calls nothing late before it was measured', () => {
  expect(setup(60_000).time.left(0)).toBe(Number.POSITIVE_INFINITY);
});

it('follows a broker whose clock was set', () => {
  const { time, loopback, pass, broker } = setup(0);
  loopback(1, 1);
  time.measured(0, broker() + 90_000);
  expect(time.skewMs()).toBeLessThan(-80_000);
  pass(2_000);
  loopback(1, 1);
  expect(Math.abs(time.skewMs() ?? 99)).toBeLessThanOrEqual(3);
});

it('says so where the topics do not keep times', () => {
  const { time, told } = setup(0);
  time.measured(0, null);
  expect([time.now(), told]).toEqual([null, ['broker_time_unknown']]);
});
