import { type Envelope, type MessageOf, otherSettings, type Verdict, toolTarget } from '@sallyport/contracts';
import fc from 'fast-check';
import { digest, freshEnvelope, guards, honestCall, keys, settings, verdictOf } from '../test/fixture.ts';
import { admit, type Admission } from './call-admission.ts';
import type { BrokerTime } from './broker-time.ts';
import { gatewaySignature, stationSignature } from './chain.ts';
import { envelopeText } from './envelope-text.ts';
import { createSettingsAgreement } from './settings-agreement.ts';
import { decode, encode } from './messages.ts';

/** A broker's clock that stands still. */
function timeAt(now: number): BrokerTime {
  return { now: () => now, left: (until) => until - now, measured: () => undefined, skewMs: () => 0 };
}

const parts = {
  ...{ time: timeAt(0), keys, guards, guardsDigest: digest, policyIsCurrent: () => true },
  settings: { current: () => settings },
  agreement: createSettingsAgreement(guards),
};

function admitted(message: MessageOf<'call'>, key = 'shop', changes: Partial<typeof parts> = {}): string {
  return outcome(admit({ ...parts, ...changes }, message, key));
}

function outcome(admission: Admission): string {
  if ('fault' in admission) return `${admission.fault.reason} (${admission.fault.station})`;
  if ('dropped' in admission) return admission.dropped;
  const deny = admission.envelope.verdicts.find(({ effect }) => effect === 'deny');
  return deny?.effect === 'deny' ? `denied: ${deny.reason}` : 'admitted';
}

/** The honest message with its envelope changed by somebody without keys. */
function changed(message: MessageOf<'call'>, change: (envelope: Envelope) => object): MessageOf<'call'> {
  const envelope: Envelope = JSON.parse(message.body);
  return { ...message, body: JSON.stringify({ ...envelope, ...change(envelope) }) };
}

function resaid(message: MessageOf<'call'>, place: number, verdicts: readonly object[]): MessageOf<'call'> {
  const signatures = message.signatures.map((signature, at) =>
    at === place ? { ...signature, verdicts: JSON.stringify(verdicts) } : signature,
  );
  return { ...message, signatures };
}

const honest = honestCall(freshEnvelope('boot-1'));
const held: Verdict = { guard: 'authorization', effect: 'hold', reason: 'approval_required', requirements: [] };
const deny: Verdict = { guard: 'limits', effect: 'deny', reason: 'limit_exceeded', advice: 'Wait.' };

describe('audit refuses as no honest call', () => {
  it.each([
    ['a forged verdict', resaid(honest, 2, [{ guard: 'authorization', effect: 'allow', rules: ['x'] }])],
    ['a verdict that was taken away', resaid(honest, 1, [])],
    ['another verdict of the gateway', resaid(honest, 0, [])],
    ['another argument', changed(honest, ({ call }) => ({ call: { ...call, arguments: { order_id: '1002' } } }))],
    ['another tenant', changed(honest, ({ call }) => ({ call: { ...call, tenant: 'bank' } }))],
    ['another deadline', changed(honest, ({ call }) => ({ call: { ...call, deadline: call.deadline + 1 } }))],
    ['another fact', changed(honest, ({ facts }) => ({ facts: { ...facts, bulk: 1 } }))],
    [
      'another subject',
      changed(honest, ({ call }) => ({ call: { ...call, subject: { ...call.subject, id: 'bob' } } })),
    ],
    [
      'another counter',
      changed(honest, ({ call }) => ({ call: { ...call, gateway: { boot: 'boot-1', counter: 2 } } })),
    ],
    ['another policy', changed(honest, () => ({ policy: `sha256:${'B'.repeat(43)}` }))],
    ['a time that was made longer', { ...honest, until: honest.until + 1 }],
    ['another inbox', { ...honest, inbox: 1 }],
    ['another attempt', { ...honest, attempt: 1 }],
    ['an envelope that nobody could read', { ...honest, body: '{' }],
    [
      'signatures of two decisions',
      {
        ...honest,
        signatures: [...honest.signatures.slice(0, 2), ...honestCall(freshEnvelope('boot-1')).signatures.slice(2)],
      },
    ],
  ])('%s', (_name, message) => {
    expect(admitted(message)).toMatch(/^forged_signature/);
  });

  it.each([
    [
      'the last one, of a call that is held',
      honestCall(freshEnvelope('boot-1'), { by: ['rate-limit', 'authorization'], said: { authorization: [held] } }),
      'confirmation',
    ],
    ['all of them', honestCall(freshEnvelope('boot-1'), { by: [] }), 'rate-limit'],
    [
      'one within, by stations that play along',
      honestCall(freshEnvelope('boot-1'), { by: ['rate-limit', 'confirmation'] }),
      'authorization',
    ],
    [
      'an order that is not the stations’',
      honestCall(freshEnvelope('boot-1'), { by: ['authorization', 'rate-limit', 'confirmation'] }),
      'rate-limit',
    ],
    [
      'one, with a deny that is only in shadow',
      honestCall(freshEnvelope('boot-1'), { by: ['rate-limit'], said: { 'rate-limit': [{ ...deny, shadow: true }] } }),
      'authorization',
    ],
  ])('a call that skips a station: %s', (_name, message, skipped) => {
    expect(admitted(message)).toBe(`station_skipped (${skipped})`);
  });

  it('a call that skips confirmation with a hold by any station before', () => {
    const said = { 'rate-limit': [{ ...held, guard: 'limits' }] };
    const message = honestCall(freshEnvelope('boot-1'), { by: ['rate-limit', 'authorization'], said });
    expect(admitted(message)).toBe('station_skipped (confirmation)');
  });

  it('a signature that was cut out', () => {
    expect(admitted({ ...honest, signatures: honest.signatures.toSpliced(1, 1) })).toBe(
      'forged_signature (authorization)',
    );
  });

  it('a signer that nobody knows', () => {
    const signatures = honest.signatures.map((signature, at) => (at === 3 ? { ...signature, by: 'audit' } : signature));
    expect(admitted({ ...honest, signatures })).toBe('unknown_signer (unknown)');
  });

  it('a verdict by a station that does not host the guard', () => {
    const said = { 'rate-limit': [verdictOf['rate-limit'], verdictOf.authorization], authorization: [] };
    expect(admitted(honestCall(freshEnvelope('boot-1'), { said }))).toBe('foreign_verdict (rate-limit)');
  });

  it('a guard that speaks twice', () => {
    const said = { authorization: [verdictOf.authorization, verdictOf.authorization] };
    expect(admitted(honestCall(freshEnvelope('boot-1'), { said }))).toBe('repeated_verdict (authorization)');
  });

  it('a grant that a stranger got for other arguments under the same call id', () => {
    const other = honestCall(
      freshEnvelope('boot-1', { callId: JSON.parse(honest.body).call.callId, arguments: { order_id: '1' } }),
    );
    const before = honest.signatures.slice(0, 2);
    const got = stationSignature(keys.authorization, 'authorization', { body: other.body, signatures: before }, [
      verdictOf.authorization,
    ]);
    const last = stationSignature(
      keys.confirmation,
      'confirmation',
      { body: honest.body, signatures: [...before, got] },
      [verdictOf.confirmation],
    );
    expect(admitted({ ...honest, signatures: [...before, got, last] })).toBe('forged_signature (authorization)');
  });

  it('an envelope under another tenant’s key', () => {
    expect(admitted(honest, 'bank')).toBe('foreign_tenant (gateway)');
  });

  it('half of a character that would be signed alike', () => {
    const envelope = freshEnvelope('boot-1', { target: toolTarget('\ufffd') });
    const text = encode(honestCall(envelope)).toString();
    expect(decode(Buffer.from(text.replace('\ufffd', String.raw`\ud800`)))).toBeNull();
  });
});

describe('audit drops', () => {
  it('a call that nobody waits for any more', () => {
    const late = timeAt(honest.until + 1);
    expect(admitted(honest, 'shop', { time: late })).toBe('past_deadline');
  });
});

describe('audit denies', () => {
  it('a call that was judged under a policy that is no longer in force, in the place of the grant', () => {
    expect(admitted(honest, 'shop', { policyIsCurrent: () => false })).toBe('denied: policy_outdated');
  });

  it('a call of a gateway that knows other guards', () => {
    const envelope = { ...freshEnvelope('boot-1'), guards: `sha256:${'C'.repeat(43)}` };
    expect(admitted(honestCall(envelope))).toBe('denied: guards_outdated');
  });

  describe('what programs judged that are configured differently:', () => {
    const other = `sha256:${'D'.repeat(43)}`;

    it.each([
      ['a station', () => admitted(judgedWith({ ...verdictOf['rate-limit'], settings: other }))],
      ['a station that does not say', () => admitted(judgedWith({ guard: 'limits', effect: 'pass' }))],
      ['audit', () => admitted(honest, 'shop', { settings: { current: () => ({ ...settings, limits: other }) } })],
      ['audit, of a guard that was not asked', () => admitted(honest, 'shop', { settings: { current: () => ({}) } })],
      [
        'the gateway',
        () => admitted(honestCall({ ...freshEnvelope('boot-1'), settings: { ...settings, limits: other } })),
      ],
      ['a gateway that does not say', () => admitted(honestCall({ ...freshEnvelope('boot-1'), settings: {} }))],
    ])('%s', (_name, look) => {
      expect(look()).toBe('denied: configuration_mismatch');
    });

    it('on record with the guard, every program and its digest', () => {
      const message = judgedWith({ ...verdictOf['rate-limit'], settings: other });
      const admission = admit(parts, message, 'shop');
      const verdicts = 'envelope' in admission ? admission.envelope.verdicts : [];
      expect(verdicts.find(({ effect }) => effect === 'deny')?.detail).toEqual({
        ...{ guard: 'limits', gateway: digest, 'rate-limit': other, audit: digest },
        behind: expect.any(String),
      });
    });

    it('in the place of the guard that was not asked for it', () => {
      const said: Verdict = { guard: 'limits', effect: 'deny', ...otherSettings, settings: other };
      const admission = admit(
        parts,
        honestCall(freshEnvelope('boot-1'), { by: ['rate-limit'], said: { 'rate-limit': [said] } }),
        'shop',
      );
      const verdicts = 'envelope' in admission ? admission.envelope.verdicts : [];
      const denied = verdicts.filter(({ effect }) => effect === 'deny');
      expect(denied).toEqual([
        expect.objectContaining({ guard: 'limits', detail: expect.objectContaining({ 'rate-limit': other }) }),
      ]);
    });

    function judgedWith(said: Verdict): MessageOf<'call'> {
      return honestCall(freshEnvelope('boot-1'), { said: { 'rate-limit': [said] } });
    }
  });

  it('for its own reason what is denied anyway', () => {
    const message = honestCall(freshEnvelope('boot-1'), { by: ['rate-limit'], said: { 'rate-limit': [deny] } });
    expect(admitted(message, 'shop', { policyIsCurrent: () => false })).toBe('denied: limit_exceeded');
    expect(admitted(message, 'shop', { settings: { current: () => ({}) } })).toBe('denied: limit_exceeded');
  });
});

describe('audit admits', () => {
  it('a call that every station judged', () => {
    expect(admitted(honest)).toBe('admitted');
  });

  it('a deny that ended the evaluation', () => {
    const message = honestCall(freshEnvelope('boot-1'), { by: ['rate-limit'], said: { 'rate-limit': [deny] } });
    expect(admitted(message)).toBe('denied: limit_exceeded');
  });

  it('signatures of the key before, while both are in the ring', () => {
    const fresh = Buffer.alloc(32, 7);
    const [old] = keys.authorization;
    const rotating = { ...keys, authorization: [fresh, old as Uint8Array] };
    expect(admitted(honest, 'shop', { keys: rotating })).toBe('admitted');
    expect(admitted(honest, 'shop', { keys: { ...keys, authorization: [fresh] } })).toBe(
      'forged_signature (authorization)',
    );
  });
});

/** Every place in a JSON value, as a path of keys. */
function places(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Object.entries(value).flatMap(([name, member]) => places(member, [...path, name]));
  return inner.length === 0 ? [path] : inner;
}

function replaced(value: unknown, [name, ...rest]: readonly string[], by: unknown): unknown {
  if (name === undefined) return by;
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [...value] : { ...(value as object) };
  const members = copy as Record<string, unknown>;
  members[name] = replaced(members[name], rest, by);
  return copy;
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => (inner as Record<string, unknown>)[name], value);
}

/** A message with the texts within it opened, so that a flip can fall anywhere. */
function opened({ body, signatures, ...rest }: MessageOf<'call'>): object {
  const said = signatures.map((signature) => ({ ...signature, verdicts: JSON.parse(signature.verdicts) as unknown }));
  return { v: 1, ...rest, body: JSON.parse(body) as unknown, signatures: said };
}

function shut(value: unknown): Uint8Array {
  const { body, signatures, ...rest } = value as { body: unknown; signatures: { verdicts: unknown }[] };
  const said = signatures.map((signature) => ({ ...signature, verdicts: JSON.stringify(signature.verdicts) }));
  return Buffer.from(JSON.stringify({ ...rest, body: JSON.stringify(body), signatures: said }));
}

describe('an honest message', () => {
  const message = honestCall(
    freshEnvelope('boot-1', {
      session: 's',
      flow: 'f',
      traceparent: 't',
      arguments: { ids: ['1', '2'], deep: { a: null } },
    }),
  );
  const whole = opened(message);

  function fate(bytes: Uint8Array): string {
    const read = decode(bytes);
    return read?.kind === 'call' ? admitted(read) : 'malformed';
  }

  it('is admitted when it is opened and shut again', () => {
    expect(fate(shut(whole))).toBe('admitted');
  });

  it('is refused when any one member is another, wherever it stands', () => {
    fc.assert(
      fc.property(fc.constantFrom(...places(whole)), fc.jsonValue(), (path, value) => {
        fc.pre(JSON.stringify(at(whole, path)) !== JSON.stringify(value));
        expect(fate(shut(replaced(whole, path, value)))).toMatch(/^(malformed|forged_signature|unknown_signer)/);
      }),
      { numRuns: 500 },
    );
  });

  it('is refused when a bit of it is another, wherever it stands', () => {
    const bytes = encode(message);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(7), (place, bit) => {
        const flipped = Buffer.from(bytes);
        flipped[place] = (flipped[place] ?? 0) ^ (1 << bit);
        expect(fate(flipped)).toMatch(/^(malformed|forged_signature|unknown_signer)/);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a gateway’s signature', () => {
  it('is not to be had by signing something else', () => {
    const envelope = freshEnvelope('boot-1');
    const unsigned = { attempt: 0, inbox: 0, until: 1, body: envelopeText(envelope) };
    expect(gatewaySignature(keys.gateway, unsigned, [])).not.toEqual(
      gatewaySignature(keys.gateway, { ...unsigned, attempt: 1 }, []),
    );
  });
});
