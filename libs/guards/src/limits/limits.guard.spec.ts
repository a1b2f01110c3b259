import { createMemoryCounters } from '@sallyport/adapter-memory';
import { type Call, toolTarget } from '@sallyport/contracts';
import { dryRunTenants } from '@sallyport/tenants';
import { configOf, DEFINITION, fixture, storeDown } from '../cases/fixture.ts';
import { isAbout, limitKey } from '../counting/limit-key.ts';
import type { LimitConfig } from '../counting/limits.config.ts';
import { guards } from '../guards.ts';
import { probeEnvelope } from '../probe-envelope.ts';
import { limits } from './limits.guard.ts';

const tool = { upstream: 'orders', name: 'cancel_order', digest: DEFINITION };
const call = (more: Partial<Call> = {}): Call => ({ ...probeEnvelope({ tool }).call, ...more });
const key = (per: LimitConfig['per'], more: Partial<Call> = {}) => limitKey({ id: 'x', per }, call(more));
const subject = (id: string, issuer = 'i') => ({ id, issuer, roles: [] });

describe('the key of a counter', () => {
  test('a client that renames itself stays in its counter', () => {
    const named = (id: string) => ({ agent: { id, verified: false } });
    expect(key(['agent'], named('a'))).toBe(key(['agent'], named('b')));
    expect(key(['agent'], { agent: { id: 'a', verified: true } })).not.toBe(key(['agent'], named('a')));
  });

  test('the same id of two issuers is two people', () => {
    expect(key(['subject'], { subject: subject('a', 'x') })).not.toBe(key(['subject'], { subject: subject('a', 'y') }));
  });

  test('parts that contain separators do not run into each other', () => {
    expect(key(['subject'], { subject: subject('b","c', 'a') })).not.toBe(
      key(['subject'], { subject: subject('c', 'a","b') }),
    );
  });

  test('nothing that a client chooses opens a fresh counter', () => {
    const every = ['tenant', 'subject', 'session', 'agent', 'tool'] as const;
    const chosen: Partial<Call>[] = [
      { session: 'another' },
      { agent: { id: 'another', verified: false } },
      { flow: 'another' },
      { traceparent: 'another' },
    ];
    const plain = { session: 's', agent: { id: 'a', verified: false } };
    for (const per of every)
      for (const more of chosen) expect(key([per], { ...plain, ...more })).toBe(key([per], plain));
    expect(key(['session'])).not.toBe(key(['session'], { subject: subject('other') }));
    const verified = (id: string) => ({ agent: { id, verified: true } });
    expect(key(['agent'], verified('a'))).not.toBe(key(['agent'], verified('b')));
  });

  test('a tool filter is exact', () => {
    expect(isAbout({ tool: 'orders/cancel' }, { upstream: 'orders', target: toolTarget('cancel_order') })).toBe(false);
    expect(isAbout({ tool: 'order/*' }, { upstream: 'orders', target: toolTarget('x') })).toBe(false);
    expect(isAbout({ tool: 'orders/*' }, { upstream: 'orders', target: toolTarget('x') })).toBe(true);
  });
});

test('an error other than a store that is away is for the judge loop', async () => {
  const counters = { ...storeDown, reserve: () => Promise.reject(new Error('bug')) };
  const { ports, config } = fixture({ counters, config: { limits: [{ id: 'a', per: ['tenant'], rate: '1/s' }] } });
  await expect(limits.create(ports, config)(probeEnvelope({ tool }))).rejects.toThrow('bug');
});

/** What the self-check does: each probe alone, over empty counters. */
async function findings(limitsConfig: readonly object[]) {
  const config = { limits: limitsConfig };
  const found = new Map<string, { fires: boolean; hint: string; awaits: string | undefined }>();
  const dryRun = () => {
    const made = fixture({ config, visible: 'never', answer: reserved });
    const tenants = dryRunTenants();
    return {
      ...made.ports,
      switches: tenants,
      quotas: tenants,
      counters: createMemoryCounters({ clock: made.ports.clock }),
    };
  };
  for (const guard of guards) {
    for (const probe of guard.probes(dryRun(), configOf(config))) {
      const judge = guard.create(dryRun(), probe.config ?? configOf(config));
      let last;
      for (const envelope of probe.envelopes) last = await judge(envelope);
      const reason = last !== undefined && 'reason' in last ? last.reason : undefined;
      found.set(probe.about, {
        fires: last?.effect === probe.expects.effect && reason === probe.expects.reason,
        hint: probe.hint,
        awaits: probe.awaits,
      });
    }
  }
  return found;
}
const reserved = { effect: 'deny', rules: [], reason: 'reserved_key', advice: null } as const;

describe('probes', () => {
  test('a limit that would never fire is found, with what was meant', async () => {
    const found = await findings([
      { id: 'misspelt', per: ['tenant'], tool: 'orders/cancel_ordr', rate: '5/h' },
      { id: 'again', per: ['tenant'], tool: 'nowhere/at_all', identical: '5/h' },
    ]);
    expect(found.get('limits/misspelt')).toMatchObject({ fires: false, awaits: 'orders' });
    expect(found.get('limits/misspelt')?.hint).toContain('Did you mean orders/cancel_order?');
    expect(found.get('repeated-call/again')).toMatchObject({ fires: false, awaits: 'nowhere' });
  });

  test('a limit per session alone is found, with what to write instead', async () => {
    const found = await findings([
      { id: 'alone', per: ['session'], concurrent: 2 },
      { id: 'of-tenant', per: ['tenant', 'session', 'tool'], rate: '5/h' },
      { id: 'again', per: ['session'], identical: '5/h' },
      { id: 'sound', per: ['subject', 'session'], rate: '5/h' },
    ]);
    expect(found.get('limits/alone')).toMatchObject({
      fires: false,
      hint: expect.stringContaining('per: [subject].'),
      awaits: undefined,
    });
    expect(found.get('limits/of-tenant')?.hint).toContain('per: [tenant, subject, tool].');
    expect(found.get('repeated-call/again')).toMatchObject({ fires: false });
    expect(found.get('limits/sound')).toMatchObject({ fires: true });
  });

  test('every other part fires, however large its limit and whatever other limits there are', async () => {
    const found = await findings([
      { id: 'tiny', per: ['tenant'], rate: '1/s' },
      { id: 'huge', per: ['tenant'], rate: '100000/s', burst: 100_000 },
      { id: 'use', per: ['tenant', 'tool'], tool: 'orders/*', rate: '5/h', kind: 'use' },
      { id: 'money', per: ['tenant'], budget: { argument: '/amount', max: 5000, window: 'day' } },
      { id: 'calls', per: ['tenant'], budget: { max: 5000, window: 'day' } },
      { id: 'flight', per: ['subject', 'session'], concurrent: 1000 },
      { id: 'repeats', per: ['subject'], identical: '3/min' },
    ]);
    expect([...found].filter(([, { fires }]) => !fires)).toEqual([]);
    const ours = [...found.keys()].filter((about) => /^(limits|repeated-call)\//.test(about));
    expect(ours).toHaveLength(7 + 2);
  });
});
