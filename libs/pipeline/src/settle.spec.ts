import { CountersUnavailable, type Counters, type Decision } from '@sallyport/contracts';
import { sampleEnvelope } from '@sallyport/testing';
import { createEndLeases, createSettle, type Reserving } from './settle.ts';

const allow: Decision = { effect: 'allow', reason: 'allowed', guard: 'authorization', approval: null };
const deny: Decision = { effect: 'deny', reason: 'forbidden', guard: 'authorization', advice: '' };
const pass = (guard: string) => ({ guard, effect: 'pass' }) as const;
const envelope = sampleEnvelope({ verdicts: [pass('quota'), pass('night')] });

const guards: readonly Reserving[] = [
  { id: 'quota', reserves: 'leases' },
  { id: 'night' },
  { id: 'later', reserves: 'charges' },
];

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
  const parts = { counters, observer, guards };
  return { parts, settle: createSettle({ ...parts, againMs: [0, 0, 0] }), told, incidents, over };
}

describe('what a call was charged by the guards that reserve something and judged it', () => {
  it('is kept for an allowed call, also where the store is away for a moment', async () => {
    const { settle, told, incidents, over } = setUp(2);
    await settle(envelope, allow);
    await over;
    expect(told).toEqual(Array(3).fill(`shop ${envelope.call.callId}/quota allowed`));
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
    expect(told).toEqual([`shop ${envelope.call.callId}/quota refused`]);
  });
});

describe('what a call held while it ran', () => {
  it('may be held until its lease ends when the store is away, and that is told', async () => {
    const { parts, incidents } = setUp(1);
    await createEndLeases(parts)(envelope.call);
    expect(incidents).toEqual(['counters_unavailable']);
  });

  it('is given back for the guards that hold leases, and for no other', async () => {
    const { parts, told } = setUp(0);
    await createEndLeases(parts)(envelope.call);
    expect(told).toEqual([`shop ${envelope.call.callId}/quota finished`]);
  });
});
