import type { Committed, Decision, Envelope, HoldVerdict, Opinion } from '@sallyport/contracts';
import { sampleCall, sampleEnvelope } from '@sallyport/testing';
import { createOpenings } from './openings.ts';

const need = { who: 'other', count: 1, group: null, ask: 'Sure?', rule: 'r' } as const;
const asking = { id: 'A-1', act: 'open', version: 0, asked: 0 } as const;
const hold = (guard: string): HoldVerdict => ({
  guard,
  effect: 'hold',
  reason: 'approval_required',
  requirements: [need],
});
const decision: Decision = {
  effect: 'hold',
  reason: 'approval_required',
  guard: 'confirmation',
  requirements: [need],
  approval: asking,
};
const envelopeOf = (n: number, subject = 'alice'): Envelope =>
  sampleEnvelope({
    call: sampleCall({ callId: `call-${n}`, subject: { id: subject, issuer: 'x', roles: [] } }),
    verdicts: [hold('policy'), { ...hold('confirmation'), approval: asking }],
  });

/** Openings over a list of what confirmation says when it is asked again. */
function build(
  again: (envelope: Envelope) => Omit<HoldVerdict, 'guard'> | Opinion,
  outcome: () => Committed['status'],
) {
  const commits: string[] = [];
  const read: string[] = [];
  const asked: string[] = [];
  const open = createOpenings(
    {
      guards: [
        { id: 'policy', grants: true, station: 'authorization' },
        { id: 'confirmation', grants: false, station: 'confirmation' },
      ],
      approvalJudges: [
        {
          id: 'confirmation',
          station: 'confirmation',
          grants: false,
          shadow: false,
          judge(envelope) {
            asked.push(envelope.call.callId);
            expect(envelope.verdicts.map(({ guard }) => guard)).toEqual(['policy']);
            return again(envelope);
          },
        },
      ],
      projection: { apply: () => undefined, catchUp: async ([tenant]) => void read.push(tenant ?? '') },
    },
    async ({ call }) => {
      commits.push(call.callId);
      await Promise.resolve();
      const status = outcome();
      return status === 'conflict' ? { status, stream: 's', version: 1 } : ({ status: 'committed', first: 1 } as const);
    },
  );
  return { open, commits, read, asked };
}

const waits = () => ({ ...hold('confirmation'), approval: { id: 'A-1', act: 'wait', version: 1 } }) as HoldVerdict;
const opens = () => ({ ...hold('confirmation'), approval: asking }) as HoldVerdict;

describe('opening questions', () => {
  it('gives up after some conflicts, and reads what others wrote before each new judgement', async () => {
    const { open, commits, read } = build(opens, () => 'conflict');
    expect((await open(envelopeOf(1), decision)).committed?.status).toBe('conflict');
    expect([commits.length, read.length]).toEqual([33, 32]);
  });

  it('joins the question that another process opened first', async () => {
    const { open, commits, read } = build(waits, () => 'conflict');
    const { committed, decision: now } = await open(envelopeOf(1), decision);
    expect([committed, now]).toMatchObject([null, { effect: 'hold', approval: { id: 'A-1', act: 'wait' } }]);
    expect([commits.length, read.length]).toEqual([1, 1]);
  });

  it('judges again what waited for another question of the same requester', async () => {
    const { open, commits, asked, read } = build(waits, () => 'committed');
    const attempts = await Promise.all(Array.from({ length: 1_000 }, (_, n) => open(envelopeOf(n), decision)));
    expect(commits).toEqual(['call-0']);
    expect(asked).toHaveLength(999);
    expect(read).toEqual(['shop']);
    expect(attempts.filter(({ committed }) => committed === null)).toHaveLength(999);
  });

  it('refuses what is over the limit by then', async () => {
    let left = 3;
    const deny = { effect: 'deny', reason: 'too_many_pending', advice: '' } as const;
    const { open, commits } = build(
      () => (--left > 0 ? opens() : deny),
      () => 'committed',
    );
    const attempts = await Promise.all(Array.from({ length: 10 }, (_, n) => open(envelopeOf(n), decision)));
    expect(commits).toHaveLength(3);
    expect(attempts.slice(3).map(({ decision: { reason } }) => reason)).toEqual(Array(7).fill('too_many_pending'));
  });

  it('lets requesters not wait for each other', async () => {
    const { open, commits, asked } = build(waits, () => 'committed');
    await Promise.all(['alice', 'bob'].map((subject, n) => open(envelopeOf(n, subject), decision)));
    expect([commits.length, asked.length]).toEqual([2, 0]);
  });
});
