import { CountersUnavailable, type Counters, type Decision } from '@sallyport/contracts';
import { sampleEnvelope } from '@sallyport/testing';
import { createSettle } from './settle.ts';

const allow: Decision = { effect: 'allow', reason: 'allowed', guard: 'authorization', approval: null };
const deny: Decision = { effect: 'deny', reason: 'forbidden', guard: 'authorization', advice: '' };
const envelope = sampleEnvelope({ verdicts: [{ guard: 'limits', effect: 'pass' }] });

/** A store that is away for the first `fails` settlements. */
function setUp(fails: number) {
  const told: string[] = [];
  const incidents: string[] = [];
  let settled: () => void = () => undefined;
  const over = new Promise<void>((resolve) => (settled = resolve));
  const counters: Counters = {
    reserve: () => ({ ok: true, statuses: [] }),
    restore: () => undefined,
    settle(tenant, id, outcome) {
      told.push(`${tenant} ${id} ${outcome}`);
      if (told.length <= fails) throw new CountersUnavailable('away');
      settled();
    },
  };
  const observer = {
    decided: () => undefined,
    finished: () => undefined,
    incident(what: string) {
      incidents.push(what);
      if (what === 'charge_lost') settled();
    },
  };
  const guards = [
    { id: 'limits', station: 'rate-limit', grants: false },
    { id: 'authorization', station: 'authorization', grants: true },
  ] as const;
  return { settle: createSettle({ counters, observer, guards, againMs: [0, 0, 0] }), told, incidents, over };
}

describe('what a call was charged', () => {
  it('is kept for an allowed call, also where the store is away for a moment', async () => {
    const { settle, told, incidents, over } = setUp(2);
    await settle(envelope, allow);
    await over;
    expect(told).toEqual(Array(3).fill(`shop ${envelope.call.callId}/limits allowed`));
    expect(incidents).toEqual(['counters_unavailable']);
  });

  it('may come free when the store stays away, and that is told', async () => {
    const { settle, incidents, over } = setUp(Infinity);
    await settle(envelope, allow);
    await over;
    expect(incidents).toEqual(['counters_unavailable', 'charge_lost']);
  });

  it('is given back once for a refused call: a store that is away does so by itself', async () => {
    const { settle, told } = setUp(1);
    await settle(envelope, deny);
    expect(told).toEqual([`shop ${envelope.call.callId}/limits refused`]);
  });
});
