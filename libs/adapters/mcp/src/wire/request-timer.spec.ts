import { jest } from '@jest/globals';
import { RequestTimer } from './request-timer.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function started(time: ConstructorParameters<typeof RequestTimer>[0]) {
  const ends: string[] = [];
  const timer = new RequestTimer(time, { monotonic: () => performance.now() });
  timer.start((why) => ends.push(why));
  return { timer, ends };
}

describe('the time of a request', () => {
  it('ends at its limit, however much progress there is', () => {
    const { timer, ends } = started({ timeoutMs: 100, limitMs: 250 });
    for (let at = 0; at < 300; at += 50) {
      jest.advanceTimersByTime(50);
      timer.renew();
    }
    expect(ends).toEqual(['no answer within 250 ms, with progress']);
  });

  it('ends without progress, and without a limit progress is worth nothing', () => {
    const silent = started({ timeoutMs: 100, limitMs: 250 });
    const fixed = started({ timeoutMs: 100 });
    jest.advanceTimersByTime(60);
    fixed.timer.renew();
    jest.advanceTimersByTime(60);
    expect(silent.ends).toEqual(['no answer and no progress within 100 ms']);
    expect(fixed.ends).toEqual(['no answer within 100 ms']);
  });

  it('begins again with each progress, and ends no more once it is cleared', () => {
    const { timer, ends } = started({ timeoutMs: 100, limitMs: 250 });
    jest.advanceTimersByTime(80);
    timer.renew();
    jest.advanceTimersByTime(80);
    expect(ends).toEqual([]);
    timer.clear();
    timer.renew();
    jest.advanceTimersByTime(500);
    expect(ends).toEqual([]);
  });

  it('counts from when it was made, and there is always something left', () => {
    let now = 0;
    const timer = new RequestTimer({ timeoutMs: 100, limitMs: 250 }, { monotonic: () => now });
    now = 30;
    expect(timer.left()).toEqual({ timeoutMs: 70, limitMs: 220 });
    timer.start(() => undefined);
    timer.renew();
    timer.clear();
    expect(timer.left()).toEqual({ timeoutMs: 100, limitMs: 220 });
    now = 300;
    expect(timer.left()).toEqual({ timeoutMs: 1, limitMs: 1 });
  });
});
