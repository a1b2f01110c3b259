import type { ApprovalView, Requirement } from '@sallyport/contracts';
import { DEFINITION } from '../cases/fixture.ts';
import { probeEnvelope } from '../probe-envelope.ts';
import { approvalId } from './approval-id.ts';
import { currentAnswer } from './current-answer.ts';

const now = 1_000_000;
const refuseAgainFor = 60_000;
const envelope = probeEnvelope({ tool: { upstream: 'orders', name: 'cancel_order', digest: DEFINITION } });
const { call } = envelope;
const requirement: Requirement = { who: 'other', count: 1, group: null, ask: 'Cancel?', rule: 'ask', policy: 'p' };

const view = (more: Partial<ApprovalView> = {}): ApprovalView => ({
  id: 'A-000001',
  tenant: call.tenant,
  version: 2,
  status: 'approved',
  callId: call.callId,
  digest: call.digest,
  definition: call.definition,
  resources: envelope.factsDigest,
  requester: { subject: call.subject.id, issuer: call.subject.issuer },
  upstream: call.upstream,
  tool: call.target.name,
  needs: [requirement],
  votes: [],
  requestedAt: now - 1_000,
  decideBy: now + 1,
  executeBy: now + 1,
  ...more,
});
const rejected = (at: number, more: Partial<ApprovalView> = {}): ApprovalView => {
  const votes = [{ subject: 'ben', issuer: 'i', roles: [], answer: 'reject', channel: 'cli', at } as const];
  return view({ id: 'A-NO', status: 'rejected', votes, requestedAt: at - 1, ...more });
};
const answer = (views: readonly ApprovalView[], requirements: readonly Requirement[] = [requirement]) =>
  currentAnswer(views, { envelope, requirements, now, refuseAgainFor })?.says ?? null;
const need = (more: object) => ({ needs: view().needs.map((one) => ({ ...one, ...more })) });

describe('an approval says nothing of a call', () => {
  const other = `sha256:${'X'.repeat(43)}`;
  it.each<[string, Partial<ApprovalView>]>([
    ['of another tenant', { tenant: 'brix' }],
    ['with other arguments', { digest: other }],
    ['of somebody else', { requester: { subject: 'eve', issuer: call.subject.issuer } }],
    ['of the same name by another issuer', { requester: { subject: call.subject.id, issuer: 'elsewhere' } }],
    ['by another definition', { definition: other }],
    ['without a definition', { definition: null }],
    ['on other facts', { resources: other }],
    ['that another rule holds', need({ rule: 'another' })],
    ['whose policy was edited', need({ policy: 'q' })],
    ['that fewer people were asked for', need({ count: 0 })],
    ['that the caller alone was asked for', need({ who: 'self' })],
    ['that another group was asked for', need({ group: 'staff' })],
    ['that nobody was asked for', { needs: [] }],
    ['once it was used', { status: 'consumed' }],
    ['once it was taken back', { status: 'cancelled' }],
    ['once nobody decided in time', { status: 'expired' }],
    ['when it is too old', { executeBy: now }],
    ['when it has no end', { executeBy: null }],
    ['when the time to decide is over', { status: 'requested', decideBy: now }],
  ])('%s', (_, more) => expect(answer([view(more)])).toBeNull());

  it('that one more rule holds', () => {
    expect(answer([view()], [requirement, { ...requirement, rule: 'second' }])).toBeNull();
  });
});

describe('a no', () => {
  it('counts as long as it is configured to, from the vote on', () => {
    expect(answer([rejected(now - refuseAgainFor + 1)])).toBe('rejected');
    expect(answer([rejected(now - refuseAgainFor)])).toBeNull();
  });

  it('counts whatever was asked about the call, before and after', () => {
    expect(answer([view(), rejected(now - 1)])).toBe('rejected');
    expect(answer([view({ status: 'requested' }), rejected(now - 1, { definition: null, needs: [] })])).toBe(
      'rejected',
    );
  });

  it('of another call, or to somebody else, does not count', () => {
    expect(answer([view(), rejected(now - 1, { digest: 'sha256:x' })])).toBe('approved');
    expect(answer([rejected(now - 1, { requester: { subject: 'eve', issuer: 'x' } })])).toBeNull();
  });
});

describe('a yes', () => {
  it('counts for exactly this call until its time is over', () => expect(answer([view()])).toBe('approved'));

  it('that is older than an open question is not asked for again', () => {
    expect(answer([view({ status: 'requested' }), view()])).toBe('waiting');
    expect(answer([view({ status: 'requested', decideBy: now }), view()])).toBe('approved');
  });
});

describe('the id of an approval', () => {
  const idOf = (bytes: readonly number[]) => approvalId({ random: () => Buffer.from(bytes).toString('base64url') });

  it('is not made of too little chance', () => {
    expect(() => idOf([1, 2, 3, 4, 5])).toThrow(RangeError);
    expect(() => idOf([])).toThrow(RangeError);
  });

  it('is short, and has no letter that is read for another', () => {
    expect(idOf([0, 31, 32, 255, 18, 20])).toBe('A-0Z0ZJM');
    const all = Array.from({ length: 32 }, (_, at) => idOf(Array(6).fill(at)));
    expect(all.join('')).not.toMatch(/[ILOU]/);
    expect(new Set(all).size).toBe(32);
  });
});
