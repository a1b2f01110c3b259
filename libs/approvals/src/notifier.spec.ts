import type { WaitingQuestion } from './approvals.ts';
import { createNotifier } from './notifier.ts';

const question = (event: string): WaitingQuestion => ({
  event,
  id: `A-${event}`,
  tenant: 'shop',
  upstream: 'orders',
  tool: 'refund',
  needs: [],
  requestedAt: 0,
  decideBy: 600_000,
});
const settled = () => new Promise((resolve) => setImmediate(resolve));

function running(answer: (event: string) => Promise<void>, open: WaitingQuestion[]) {
  const time = { now: 0 };
  const sent: string[] = [];
  const failures: string[] = [];
  const notifier = createNotifier({
    waiting: () => open,
    send: ({ event }) => {
      sent.push(event);
      return answer(event);
    },
    failed: (why) => failures.push(why),
    clock: { now: () => time.now, monotonic: () => time.now },
  });
  const round = async (at: number) => {
    time.now = at;
    notifier.round();
    await settled();
  };
  return { notifier, round, sent, failures };
}

describe('questions that people are told of', () => {
  it('are tried again, with longer pauses, until one attempt comes through; the failure is reported once', async () => {
    let left = 3;
    const answer = () => (left-- > 0 ? Promise.reject(new Error('answered 503')) : Promise.resolve());
    const { notifier, round, sent, failures } = running(answer, [question('1')]);
    for (const at of [0, 999, 1_000, 2_999, 3_000]) await round(at);
    expect([sent.length, failures, notifier.problem()]).toEqual([3, ['answered 503'], 'answered 503']);
    for (const at of [6_999, 7_000, 60_000]) await round(at);
    expect([sent.length, notifier.problem()]).toEqual([4, null]);
  });

  it('are not told of any more once they are closed', async () => {
    const open = [question('1')];
    const { round, sent } = running(() => Promise.reject(new Error('down')), open);
    await round(0);
    open.pop();
    await round(10_000);
    expect(sent).toEqual(['1']);
  });

  it('wait for one another where the receiver is slow', async () => {
    const done: (() => void)[] = [];
    const open = Array.from({ length: 9 }, (_, at) => question(String(at)));
    const { round, sent } = running(() => new Promise((resolve) => done.push(resolve)), open);
    await round(0);
    expect(sent).toHaveLength(4);
    done.forEach((finish) => finish());
    await settled();
    await round(1);
    expect(sent).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
  });

  it('are told of again, by the same id, by a process that starts again', async () => {
    const open = [question('1')];
    const first = running(() => Promise.resolve(), open);
    const second = running(() => Promise.resolve(), open);
    await first.round(0);
    await second.round(0);
    expect([first.sent, second.sent]).toEqual([['1'], ['1']]);
  });

  it('are not counted as failures where we stop', async () => {
    const { notifier, round, failures } = running(
      () => new Promise((_, reject) => setImmediate(reject)),
      [question('1')],
    );
    notifier.round();
    notifier.stop();
    await round(1);
    await settled();
    expect(failures).toEqual([]);
  });
});
