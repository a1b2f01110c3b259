import type { Opinion, Release } from '@sallyport/contracts';
import { sampleEnvelope } from '@sallyport/testing';
import type { Audit } from './audit.ts';
import { createEmbeddedDecisionService } from './embedded-decision-service.ts';
import type { BoundGuard } from './judge.ts';

const envelope = sampleEnvelope();
const { callId, digest, gateway } = envelope.call;
const allowed: Release = {
  ...{ callId, digest, boot: gateway.boot, position: 1 },
  decision: { effect: 'allow', reason: 'allowed', guard: 'only', approval: null },
};

function setUp(judge: () => Opinion | Promise<Opinion>, expire: Audit['expire'] = async () => undefined) {
  const expired: string[] = [];
  const incidents: string[] = [];
  const guard: BoundGuard = { id: 'only', station: 'authorization', grants: true, shadow: false, judge };
  const decisions = createEmbeddedDecisionService({
    boundGuards: [guard],
    audit: {
      release: async () => allowed,
      expire: (late, reason) => (expired.push(reason), expire(late, reason)),
    },
    observer: { incident: (what) => void incidents.push(what) },
    decisionTimeoutMs: 10,
  });
  return { decisions, expired, incidents };
}

describe('a decision', () => {
  it('that does not come in time is a refusal, and its request is closed', async () => {
    const { decisions, expired } = setUp(() => new Promise(() => undefined));
    expect(await decisions.decide(envelope)).toMatchObject({
      callId,
      position: null,
      decision: { effect: 'deny', reason: 'timed_out' },
    });
    expect(expired).toEqual(['timed_out']);
  });

  it('that can not be closed is an incident', async () => {
    const stuck = () => new Promise<Opinion>(() => undefined);
    const { decisions, incidents } = setUp(stuck, () => Promise.reject(new Error('journal away')));
    expect((await decisions.decide(envelope)).decision.reason).toBe('timed_out');
    await Promise.resolve();
    expect(incidents).toEqual(['expire_failed']);
  });

  it('that comes in time is what audit released', async () => {
    const { decisions, expired } = setUp(() => ({ effect: 'allow' }));
    expect((await decisions.decide(envelope)).decision.effect).toBe('allow');
    expect(expired).toEqual([]);
  });
});
