import { randomBytes } from 'node:crypto';
import type { Release } from '@sallyport/contracts';
import { type Opened, processes, type Processes, type Sent } from './asking.ts';

/** What must hold of questions to people, however many processes judge and write at once. */
export function questionsContract(name: string, open: () => Promise<readonly Opened[]>): void {
  describe(`questions over ${name}`, () => {
    let all: Processes;
    beforeEach(async () => {
      all = processes(await open(), `t-${randomBytes(6).toString('hex')}`);
    });

    const digestOf = (call: number): string => `hmac-sha256:${`${call}`.padEnd(43, '-')}`;
    const sent = (at: number, call: number, about?: string): Sent => ({
      callId: `call-${at}`,
      digest: digestOf(call),
      ...(about !== undefined && { about }),
    });
    const burst = (count: number, callOf: (at: number) => Sent) =>
      Promise.all(Array.from({ length: count }, (_, at) => all.send(callOf(at))));
    const approvalsIn = (releases: readonly Release[]) => [
      ...new Set(releases.flatMap(({ decision }) => (decision.effect === 'hold' ? [decision.approval?.id] : []))),
    ];
    const count = (releases: readonly Release[], what: string) =>
      releases.filter(({ decision: { effect, reason } }) => effect === what || reason === what).length;

    it('are one for a thousand equal calls at once, and a yes lets one of them run', async () => {
      const releases = await burst(1_000, (at) => sent(at, 1));
      expect([count(releases, 'hold'), await all.opened()]).toEqual([1_000, 1]);
      const [approval = '', ...others] = approvalsIn(releases);
      expect(others).toEqual([]);
      expect(await all.vote(approval, 'approve')).toBe(true);
      const again = await burst(100, (at) => sent(2_000 + at, 1));
      expect([count(again, 'allow'), (await all.statuses()).filter((status) => status === 'consumed')]).toEqual([
        1,
        ['consumed'],
      ]);
    });

    it('are at most as many as may wait for a thousand different calls at once', async () => {
      const releases = await burst(1_000, (at) => sent(at, at));
      expect([count(releases, 'hold'), count(releases, 'too_many_pending')]).toEqual([10, 990]);
      expect((await all.statuses()).filter((status) => status === 'requested')).toHaveLength(10);
      expect(new Set(approvalsIn(releases)).size).toBe(10);
    });

    it('end with a no, whatever equal calls come with it', async () => {
      const [approval = ''] = approvalsIn([await all.send(sent(0, 1))]);
      const [rejected, releases] = await Promise.all([
        all.vote(approval, 'reject'),
        burst(100, (at) => sent(10 + at, 1)),
      ]);
      expect([rejected, count(releases, 'allow'), await all.opened()]).toEqual([true, 0, 1]);
      const later = await burst(50, (at) => sent(500 + at, 1, `version-${at}`));
      expect([count(later, 'approval_rejected'), await all.opened()]).toEqual([50, 1]);
    });

    it('are one for a call also where it is about something else each time: the older ones end, also with a yes', async () => {
      const [first = ''] = approvalsIn([await all.send(sent(0, 1, 'before'))]);
      expect(await all.vote(first, 'approve')).toBe(true);
      await burst(20, (at) => sent(10 + at, 1, `version-${at % 4}`));
      const open = (await all.statuses()).filter((status) => status === 'requested' || status === 'approved');
      expect(open).toEqual(['requested']);
      expect(await all.vote(first, 'reject')).toBe(false);
    });
  });
}
