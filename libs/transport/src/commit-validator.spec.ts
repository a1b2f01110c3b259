import type { Commit, EventData, NewEvent } from '@sallyport/contracts';
import { askedCommit } from './commit-validator.ts';

const digest = `sha256:${'A'.repeat(43)}`;
const data: EventData['client_request.decided'] = {
  tenant: 'shop',
  upstream: 'orders',
  method: 'elicitation/create',
  request: 1,
  gateway: { boot: 'boot-1', counter: 1 },
  decision: 'allow',
  reason: 'granted',
  bytes: 9,
  shown: { digest, commitment: digest, bytes: 9 },
  changes: [],
  count: 1,
};
const head = { id: 'e1', time: '2026-01-01T00:00:00.000Z', source: '/gateway/boot-1', traceparent: null };
const decided: NewEvent = { ...head, type: 'client_request.decided', data };

function asked(changes: Partial<Commit> = {}, stream = 'call/1', event = decided) {
  const sealed = [{ event: 'e1', field: 'client_request', subject: 'sub_alice', salt: 's', value: 'v' }];
  const writes = [{ stream, expectedVersion: 'any' as const, events: [event] }];
  const commit: Commit = { tenant: 'shop', commandId: 'asked/1/1', writes, sealed, ...changes };
  const answer = askedCommit({ body: JSON.stringify(commit), key: 'shop', boot: 'boot-1' });
  return 'reason' in answer ? answer.reason : 'written';
}

describe('what a gateway may write of an upstream’s requests', () => {
  it.each<[string, string]>([
    ['under the id of a decision', asked({ commandId: 'decided/1' })],
    ['under the id of an outcome', asked({ commandId: 'outcome/1' })],
    ['under the id of another call', asked({ commandId: 'asked/2/1' })],
    ['under the id of an answer', asked({ commandId: 'answered/1/1' })],
    ['under an id without a number', asked({ commandId: 'asked/1/x' })],
    ['in another stream', asked({}, 'approval/1')],
    [
      'with a value beside an event of before',
      asked({ sealed: [{ event: 'e0', field: 'x', subject: 'sub_alice', salt: 's', value: 'v' }] }),
    ],
  ])('is refused %s', (_, reason) => expect(reason).toBe('not_for_a_gateway'));

  it('is refused in the clear', () => {
    const clear = { ...decided, data: { ...data, shown: 'Which branch?' } } as object as NewEvent;
    expect(asked({}, 'call/1', clear)).toBe('malformed_event');
  });

  it('is written in the stream of its call, sealed', () => expect(asked()).toBe('written'));
});

describe('whom a gateway may erase', () => {
  const erasure = (erases: readonly string[], likeness?: string) => {
    const of = { tenant: 'shop', subject: 'sub_alice', actor: { ref: 'sub_bob', issuer: 'local' }, reason: null };
    const event: NewEvent = { ...head, type: 'subject.erased', data: likeness ? { ...of, likeness } : of };
    return asked({ commandId: 'e1', sealed: [], erases }, 'tenant/shop', event);
  };

  it('is nobody whom the event of the same commit does not name as erased', () => {
    expect(erasure(['sub_carol'])).toBe('not_for_a_gateway');
    expect(erasure(['sub_bob'])).toBe('not_for_a_gateway');
    expect(asked({ erases: ['sub_alice'] })).toBe('not_for_a_gateway');
  });

  it('is the person of the event, and their likeness', () => {
    expect(erasure(['sub_alice'])).toBe('written');
    expect(erasure(['sub_alice', 'sub_likeness'], 'sub_likeness')).toBe('written');
  });
});
