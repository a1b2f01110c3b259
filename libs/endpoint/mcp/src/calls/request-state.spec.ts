import { toolTarget } from '@sallyport/contracts';
import { createSecretKey } from 'node:crypto';
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { createRequestStates } from './request-state.ts';
import { people } from '../testing/fake-gateway.ts';

const { alice, bob, mallory } = people as Record<'alice' | 'bob' | 'mallory', NonNullable<(typeof people)[string]>>;
const call = {
  principal: alice,
  action: 'tools/call' as const,
  upstream: 'shop',
  target: toolTarget('confirm'),
  arguments: { order_id: 'A1' },
};
const held = { held: { approval: 'A-1', callId: 'c', questions: 2 } };

describe('a sealed request state', () => {
  let time = 1_000;
  const make = () =>
    createRequestStates(
      {
        keys: { digestKey: () => createSecretKey(Buffer.alloc(32)), sealKey: (tenant) => Buffer.alloc(32, tenant) },
        clock: { now: () => time, monotonic: () => time },
        ids: { ulid: () => '', random: (bytes) => randomBytes(bytes).toString('base64url') },
      },
      60_000,
    );
  let states = make();
  beforeEach(() => {
    time = 1_000;
    states = make();
  });

  it.each([
    ['another subject', { ...call, principal: bob }],
    ['another tenant', { ...call, principal: mallory }],
    ['another issuer', { ...call, principal: { ...alice, subject: { ...alice.subject, issuer: 'https://x' } } }],
    ['other arguments', { ...call, arguments: { order_id: 'A2' } }],
    ['another tool', { ...call, target: toolTarget('echo') }],
    ['a prompt of the name', { ...call, target: { kind: 'prompt' as const, name: 'confirm' } }],
    ['another method', { ...call, action: 'completion/complete' as const }],
    ['another upstream', { ...call, upstream: 'files' }],
  ])('does not open for %s', (_, other) => {
    const state = states.seal(held, call);
    expect(states.open(state, other)).toBeNull();
    expect(states.open(state, call)).toEqual(held);
  });

  it('carries a call that waits for its client, however much an upstream wants back', () => {
    const suspended = { suspended: { state: 'x'.repeat(50_000), rounds: 1 } };
    expect(states.open(states.seal(suspended, call), call)).toEqual(suspended);
  });

  it('opens once', () => {
    const state = states.seal(held, call);
    expect(states.open(state, call)).toEqual(held);
    expect(states.open(state, call)).toBeNull();
  });

  it('opens not when it is too old', () => {
    const state = states.seal(held, call);
    time += 60_001;
    expect(states.open(state, call)).toBeNull();
  });

  it('opens not when anything of it was changed', () => {
    const state = states.seal(held, call);
    fc.assert(
      fc.property(fc.nat(state.length - 1), fc.constantFrom(...'AZaz09-_=+ '), (at, letter) => {
        const changed = state.slice(0, at) + letter + state.slice(at + 1);
        expect(changed === state || states.open(changed, call) === null).toBe(true);
      }),
      { numRuns: 500 },
    );
    expect(states.open(state, call)).toEqual(held);
  });

  it('opens not for what was never sealed', () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => states.open(text, call) === null));
    expect(states.open('A'.repeat(10_000), call)).toBeNull();
  });

  it('shows nothing of what it holds', () => {
    expect(Buffer.from(states.seal(held, call), 'base64url').toString('latin1')).not.toContain('A-1');
  });
});
