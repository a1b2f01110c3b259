import { jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { incidents, openSetup, programOf, recorded, type Servers, type Setup, sharedServers } from '@sallyport/cluster';
import type { EventData, IncidentName, JsonObject, Verdict } from '@sallyport/contracts';
import { ANN, anyTool, callTool, faultsOf, OPEN, startScriptedUpstream } from '@sallyport/testing/harness';
import { enterAsStranger, type Heard, macBy, stolenKey, type Stranger } from './stranger.ts';

jest.setTimeout(240_000);

const FORBIDDEN = 13;
/** Above this, somebody else must say yes. */
const FREE = 90;
const POLICY = `${OPEN}@id("never") @hard @advice("Never.") forbid (principal, action, resource)
when { context.arguments has n && context.arguments.n == ${FORBIDDEN} };
@id("ask") @confirm("other") @ask("Run it?") forbid (principal, action, resource)
when { context.arguments has n && context.arguments.n > ${FREE} };\n`;
const numbered = (name: string): JsonObject =>
  anyTool(name, { inputSchema: { type: 'object', properties: { n: { type: 'integer' } } } });
const ownKey = randomBytes(32);

interface Signature {
  readonly by: string;
  readonly verdicts: string;
  readonly mac: string;
}

type Refused = Pick<EventData['message.rejected'], 'station' | 'reason' | 'call'>;

describe('a stranger who can read and write every topic', () => {
  let servers: Servers;
  let setup: Setup;
  let stranger: Stranger;
  /** An honest call that ran, as it went by. */
  let ran: { readonly id: string; readonly decide: Heard; readonly inbox: number };
  /** One that waits for somebody's yes. */
  let held: { readonly id: string; readonly decide: Heard };

  beforeAll(async () => {
    servers = await sharedServers();
    setup = await openSetup({
      servers,
      upstream: await startScriptedUpstream(['run', 'other'].map(numbered)),
      policies: { 'all.cedar': POLICY },
      gateways: 2,
      cluster: { hedge: '19s', kafka: { partitions: 2, gateways: 2 } },
    });
    stranger = await enterAsStranger(servers, setup.site);
    const { meta } = await call('run', { n: 1 });
    expect(meta).toMatchObject({ decision: 'allow', reason: 'allowed' });
    const id = meta?.id ?? '';
    const decide = await heard('decide', id);
    ran = { id, decide, inbox: Number(decide.message()['inbox']) };
    const waits = (await call('run', { n: FREE + 1 })).meta;
    expect(waits).toMatchObject({ decision: 'hold', reason: 'approval_required' });
    held = { id: waits?.id ?? '', decide: await heard('decide', waits?.id ?? '') };
  });
  afterAll(async () => {
    await stranger?.leave();
    await setup?.close();
    await servers?.stop();
  });

  const call = (tool: string, args: JsonObject = {}) => callTool(setup.endpoints[0], ANN.token, [`up__${tool}`, args]);
  /** The message about a call on a topic; by its kind where several are. */
  const heard = (topic: keyof Stranger['heard'], about: string, kind = 'call') =>
    recorded(async () => stranger.heard[topic].find(({ text }) => text.includes(about) && kindOf(text) === kind));
  const refusals = async (): Promise<Refused[]> =>
    (await setup.recordOf('message.rejected')).map(({ data: { station, reason, call } }) => ({
      station,
      reason,
      call,
    }));

  /** What is on record as refused for what is done, while honest calls go on and nothing else reaches the upstream. */
  async function refusedFor(act: () => Promise<void>, count = 1): Promise<Refused[]> {
    const before = (await refusals()).length;
    const calls = setup.upstream.calls.length;
    const [honest] = await Promise.all([call('run'), act()]);
    const all = await recorded(async () => {
      const found = (await refusals()).slice(before);
      return found.length >= count && found;
    });
    expect((await call('run')).meta?.decision).toBe('allow');
    expect(honest.meta?.decision).toBe('allow');
    expect(setup.upstream.calls.length - calls).toBe(2);
    return all;
  }

  /** Stops a station, sends a call, and does something while that call lies before it. */
  async function whileStopped(
    station: 'authorization' | 'confirmation',
    n: number,
    act: (waiting: Heard) => Promise<void>,
  ): Promise<{ answer: ReturnType<typeof call>; callId: string }> {
    const program = programOf(setup, station);
    program.signal('SIGSTOP');
    try {
      const from = stranger.heard[station].length;
      const answer = call('run', { n });
      const waiting = await recorded(async () =>
        stranger.heard[station]
          .slice(from)
          .find(({ text }) => kindOf(text) === 'call' && bodyOf(text).arguments['n'] === n),
      );
      await act(waiting);
      return { answer, callId: bodyOf(waiting.text).callId };
    } finally {
      program.signal('SIGCONT');
    }
  }

  const untouched = async (id: string, story: string[]): Promise<void> =>
    expect(await setup.storyOf(id)).toEqual(story);

  describe('changes what it heard of a call that ran', () => {
    const changed: readonly (readonly [string, (message: JsonObject) => JsonObject, Partial<Refused>])[] = [
      [
        'other arguments',
        (message) => inBody(message, { arguments: { n: 2 } }),
        { station: 'gateway', reason: 'forged_signature' },
      ],
      [
        'another tool',
        (message) => inBody(message, { tool: 'other' }),
        { station: 'gateway', reason: 'forged_signature' },
      ],
      [
        'another tenant',
        (message) => inBody(message, { tenant: 'brix' }),
        { station: 'gateway', reason: 'forged_signature' },
      ],
      [
        'another deadline',
        (message) => inBody(message, { deadline: 9e15 }),
        { station: 'gateway', reason: 'forged_signature' },
      ],
      ['a longer wait', (message) => ({ ...message, until: 9e15 }), { station: 'gateway', reason: 'forged_signature' }],
      [
        'another way back',
        (message) => ({ ...message, inbox: 1 - Number(message['inbox']) }),
        { station: 'gateway', reason: 'forged_signature' },
      ],
      [
        'another verdict',
        (message) => grantedAnyway(message),
        { station: 'authorization', reason: 'forged_signature' },
      ],
      [
        'no authorization',
        (message) => without(message, 'authorization'),
        { station: 'authorization', reason: 'station_skipped' },
      ],
      [
        'an unknown signer',
        (message) => signedBy(message, 'janitor'),
        { station: 'unknown', reason: 'unknown_signer' },
      ],
    ];

    it.each(changed)('%s: refused on record', async (_, change, refused) => {
      const { id, decide } = ran;
      expect(await refusedFor(() => stranger.send(change(decide.message()), decide))).toEqual([
        expect.objectContaining({ ...refused, call: id }),
      ]);
      await untouched(id, ['allow', 'allowed', 'call.completed']);
    });

    it('another tenant’s key: refused on record, and nothing is in that tenant’s log', async () => {
      const { id, decide } = ran;
      expect(await refusedFor(() => stranger.send(decide.text, { ...decide, key: 'brix' }))).toEqual([
        { station: 'gateway', reason: 'foreign_tenant', call: id },
      ]);
      expect((await setup.record()).some(({ tenant }) => tenant === 'brix')).toBe(false);
    });

    it('another call’s grant: it fits no other arguments', async () => {
      const { meta } = await call('run', { n: FORBIDDEN });
      const denied = await heard('decide', meta?.id ?? '');
      const message = { ...denied.message(), signatures: ran.decide.message()['signatures'] ?? null };
      expect(await refusedFor(() => stranger.send(message, denied))).toEqual([
        { station: 'gateway', reason: 'forged_signature', call: meta?.id },
      ]);
      await untouched(meta?.id ?? '', ['deny', 'forbidden']);
    });
  });

  it.each(['rate-limit', 'authorization', 'confirmation'] as const)(
    'sends what it heard before %s past it, straight to audit: refused on record',
    async (station) => {
      const { id, decide } = station === 'confirmation' ? held : ran;
      const story = await setup.storyOf(id);
      const early = await heard(station, id);
      expect(await refusedFor(() => stranger.send(early.text, decide))).toEqual([
        { station, reason: 'station_skipped', call: id },
      ]);
      await untouched(id, story);
    },
  );

  it('leaves confirmation out of a call that is held: refused on record', async () => {
    const { id, decide } = held;
    expect(await refusedFor(() => stranger.send(without(decide.message(), 'confirmation'), decide))).toEqual([
      { station: 'confirmation', reason: 'station_skipped', call: id },
    ]);
    await untouched(id, ['hold', 'approval_required']);
  });

  it('sends an envelope again: judged once, whichever topic it comes to', async () => {
    const audit = programOf(setup, 'audit');
    const id = (await call('run', { n: 2 })).meta?.id ?? '';
    const [early, late] = [await heard('rate-limit', id), await heard('decide', id)];
    await recorded(async () => (await setup.storyOf(id)).length === 3);
    const [repeated, events, calls] = [
      await incidents(audit, 'call_repeated'),
      (await setup.record()).length,
      setup.upstream.calls.length,
    ];
    await stranger.send(late.text, late);
    await stranger.send(early.text, early);
    // By another way round, where no station saw it.
    await stranger.send(early.text, { ...early, partition: 1 - early.partition });
    await recorded(async () => (await incidents(audit, 'call_repeated')) > repeated);
    expect((await call('run')).meta?.decision).toBe('allow');
    expect((await setup.record()).length - events).toBe(2);
    expect(setup.upstream.calls.length - calls).toBe(1);
    await untouched(id, ['allow', 'allowed', 'call.completed']);
  });

  it('sends a release again, to its gateway and to another: counted, and apart from what is forged', async () => {
    const release = await heard('reply', ran.id, 'release');
    const other = { ...release, partition: 1 - release.partition };
    const forged = (await refusals()).length;
    const counted = async (what: IncidentName): Promise<number> =>
      (await Promise.all(setup.endpoints.map(({ program }) => incidents(program, what)))).reduce(
        (sum, one) => sum + one,
        0,
      );
    const [repeated, foreign] = [await counted('message_repeated'), await counted('message_foreign')];
    await stranger.send(release.text, release);
    await stranger.send(release.text, other);
    await recorded(async () => (await counted('message_repeated')) > repeated);
    await recorded(async () => (await counted('message_foreign')) > foreign);
    expect((await call('run')).meta?.decision).toBe('allow');
    expect((await refusals()).length).toBe(forged);
    await untouched(ran.id, ['allow', 'allowed', 'call.completed']);
  });

  it('grants and releases a call that waits for its judge: it goes on waiting, and is denied', async () => {
    const before = (await refusals()).length;
    const inbox = await heard('reply', ran.id, 'release');
    const { answer, callId } = await whileStopped('authorization', FORBIDDEN, async (waiting) => {
      const { callId, digest, gateway } = bodyOf(waiting.text);
      const grant = {
        ...waiting.message(),
        signatures: [...plain(signaturesOf(waiting.message())), ...ownSignatures()],
      };
      await stranger.send(grant, ran.decide);
      await stranger.send(ownRelease({ callId, digest, boot: gateway.boot }), inbox);
      const found = await recorded(async () => {
        const all = (await refusals()).slice(before);
        return all.length === 2 && all;
      });
      expect(found).toEqual(
        expect.arrayContaining([
          { station: 'authorization', reason: 'forged_signature', call: callId },
          { station: 'audit', reason: 'release_forged', call: callId },
        ]),
      );
      await untouched(callId, []);
    });
    expect((await answer).meta).toMatchObject({ id: callId, decision: 'deny', reason: 'forbidden' });
    await untouched(callId, ['deny', 'forbidden']);
    expect(setup.upstream.calls.filter(({ args }) => args['n'] === FORBIDDEN)).toEqual([]);
  });

  describe('has something written', () => {
    /** What would make a call an allowed one. */
    async function decision(): Promise<{ stream: string; body: string }> {
      const [honest] = await setup.recordOf('call.decided');
      if (honest === undefined) throw new Error('nothing is decided');
      const { type } = honest;
      const { id, time, source, data } = JSON.parse(honest.bytes.toString('utf8')) as JsonObject;
      const stream = `call/${randomBytes(8).toString('hex').toUpperCase()}`;
      const event = { id: `${String(id).slice(0, -4)}ZZZZ`, type, time, source, traceparent: null, data };
      const commit = {
        tenant: 'acme',
        commandId: `x/${stream}`,
        writes: [{ stream, expectedVersion: 0, events: [event] }],
      };
      return { stream, body: JSON.stringify(commit) };
    }

    it.each([
      ['unsigned', 'forged_commit', () => ''],
      ['signed by a key of its own', 'forged_commit', (parts: string[]) => macBy(ownKey, parts)],
      // A stolen gateway key does not let its thief decide.
      [
        'signed by a gateway’s key',
        'not_for_a_gateway',
        (parts: string[]) => macBy(stolenKey(setup.site, 'mac-gateway'), parts),
      ],
    ])('a decision, %s: refused on record', async (_, reason, mac) => {
      const { stream, body } = await decision();
      const { boot } = bodyOf(ran.decide.text).gateway;
      const said = ['commit', 'an-id', boot, `${ran.inbox}`, body];
      const message = { v: 1, kind: 'commit', id: 'an-id', boot, inbox: ran.inbox, body, mac: mac(said) };
      expect(await refusedFor(() => stranger.send(message, ran.decide))).toEqual([
        { station: 'gateway', reason, call: null },
      ]);
      expect((await setup.record()).filter((event) => event.stream === stream)).toEqual([]);
    });

    it('what a gateway had written once already: it stays one', async () => {
      const outcome = await heard('decide', ran.id, 'commit');
      await stranger.send(outcome.text, outcome);
      await stranger.send(outcome.text, { ...outcome, partition: 1 - outcome.partition });
      expect((await call('run')).meta?.decision).toBe('allow');
      await untouched(ran.id, ['allow', 'allowed', 'call.completed']);
    });

    it('an outcome that was changed on its way: refused on record', async () => {
      const outcome = await heard('decide', ran.id, 'commit');
      const message = outcome.message();
      const body = String(message['body']).replace('call.completed', 'call.not_run');
      expect(await refusedFor(() => stranger.send({ ...message, body }, outcome))).toEqual([
        { station: 'gateway', reason: 'forged_commit', call: null },
      ]);
      await untouched(ran.id, ['allow', 'allowed', 'call.completed']);
    });
  });

  it.each([
    [
      'closes a call',
      'forged_expire',
      () => ({ kind: 'expire', boot: 'x', reason: 'timed_out', body: bodyText(), verdicts: '[]', mac: 'x' }),
    ],
    [
      'says what a gateway saw',
      'forged_notice',
      () => ({ kind: 'notice', boot: 'x', reason: 'all_is_well', call: null, count: 1, mac: 'x' }),
    ],
    ['sends a ring probe', 'forged_probe', () => ({ kind: 'probe', id: 'x', boot: 'x', inbox: ran.inbox, mac: 'x' })],
  ] as const)('%s: refused on record', async (_, reason, message) => {
    expect(await refusedFor(() => stranger.send({ v: 1, ...message() }, ran.decide))).toEqual([
      expect.objectContaining({ station: 'gateway', reason }),
    ]);
    await untouched(ran.id, ['allow', 'allowed', 'call.completed']);
  });

  it.each([
    ['answers a gateway that asked for nothing', 'answer_forged', { kind: 'answer', body: '{"status":"committed"}' }],
    ['says that every station is there', 'probe_reply_forged', { kind: 'probe_reply' }],
  ])('%s: refused on record', async (_, reason, said) => {
    const { boot } = bodyOf(ran.decide.text).gateway;
    const inbox = await heard('reply', ran.id, 'release');
    expect(await refusedFor(() => stranger.send({ v: 1, id: 'x', boot, mac: 'x', ...said }, inbox))).toEqual([
      { station: 'audit', reason, call: null },
    ]);
  });

  it('sends garbage everywhere: refused on record, and calls go on', async () => {
    const malformed = async (): Promise<number> =>
      (await refusals()).filter(({ reason }) => reason === 'malformed').length;
    const before = await malformed();
    for (const topic of Object.values(stranger.topics))
      for (const text of [
        '{',
        '[]',
        'null',
        '{"v":1,"kind":"__proto__"}',
        `{"v":1,"kind":"call","body":${'['.repeat(9_000)}`,
      ])
        await stranger.send(text, { topic, partition: 0, key: 'acme' });
    // At audit and at a gateway; a station counts them.
    await recorded(async () => (await malformed()) === before + 10);
    expect((await call('run')).meta?.decision).toBe('allow');
  });

  it('can’t have a call judged under policies that were replaced meanwhile', async () => {
    const calls = setup.upstream.calls.length;
    const { answer } = await whileStopped('confirmation', FREE + 2, async () => {
      setup.scratch.write('policies/all.cedar', `${POLICY}// another text is another set\n`);
      const taken = async () => (await setup.recordOf('policy.activated')).map(({ data }) => data.policy);
      await recorded(async () => new Set(await taken()).size === 2);
      await pause(1_500); // audit looks once a second
    });
    const { meta } = await answer;
    expect(meta).toMatchObject({ decision: 'deny', reason: 'policy_outdated' });
    await untouched(meta?.id ?? '', ['deny', 'policy_outdated']);
    expect(setup.upstream.calls).toHaveLength(calls);
    await recorded(async () => (await call('run', { n: 5 })).meta?.decision === 'allow');
  });

  it('sends an envelope again when its time is over: it is dropped and counted', async () => {
    const audit = programOf(setup, 'audit');
    const late = await incidents(audit, 'past_deadline');
    await pause(Math.max(0, Number(ran.decide.message()['until']) - Date.now()) + 50);
    await stranger.send(ran.decide.text, ran.decide);
    await recorded(async () => (await incidents(audit, 'past_deadline')) === late + 1);
    await untouched(ran.id, ['allow', 'allowed', 'call.completed']);
  });

  it('leaves a sound record, and one call upstream for each that was allowed', async () => {
    const decided = await setup.recordOf('call.decided');
    const allowed = decided.filter(({ data }) => data.decision === 'allow');
    expect(setup.upstream.calls).toHaveLength(allowed.length);
    expect(faultsOf(await setup.record())).toEqual([]);
  });

  const bodyText = (): string => String(ran.decide.message()['body']);
});

interface Body {
  readonly callId: string;
  readonly digest: string;
  readonly tool: string;
  readonly arguments: JsonObject;
  readonly gateway: { readonly boot: string };
}

/** Its kind; undefined for garbage. */
function kindOf(text: string): unknown {
  try {
    return (JSON.parse(text) as JsonObject | null)?.['kind'];
  } catch {
    return undefined;
  }
}

function bodyOf(text: string): Body {
  const { body } = JSON.parse(text) as { body: string };
  return (JSON.parse(body) as { call: Body }).call;
}

function signaturesOf(message: JsonObject): Signature[] {
  return (message as { signatures?: Signature[] }).signatures ?? [];
}

/** The message with other members of the call that it is about. */
function inBody(message: JsonObject, changes: JsonObject): JsonObject {
  const body = JSON.parse(String(message['body'])) as { call: JsonObject };
  return { ...message, body: JSON.stringify({ ...body, call: { ...body.call, ...changes } }) };
}

function plain(signatures: readonly Signature[]): JsonObject[] {
  return signatures.map((signature) => ({ ...signature }));
}

function withSignatures(message: JsonObject, signatures: readonly Signature[]): JsonObject {
  return { ...message, signatures: plain(signatures) };
}

function without(message: JsonObject, station: string): JsonObject {
  return withSignatures(
    message,
    signaturesOf(message).filter(({ by }) => by !== station),
  );
}

function signedBy(message: JsonObject, by: string): JsonObject {
  return withSignatures(
    message,
    signaturesOf(message).map((signature) => (signature.by === 'authorization' ? { ...signature, by } : signature)),
  );
}

/** With a verdict that nobody gave. */
function grantedAnyway(message: JsonObject): JsonObject {
  const verdicts = JSON.stringify([{ guard: 'authorization', effect: 'allow', rules: ['by-me'] }]);
  return withSignatures(
    message,
    signaturesOf(message).map((signature) =>
      signature.by === 'authorization' ? { ...signature, verdicts } : signature,
    ),
  );
}

/** What the last two stations would say, by a key that is none of theirs. */
function ownSignatures(): JsonObject[] {
  const say = (by: string, verdict: Verdict): JsonObject => {
    const verdicts = JSON.stringify([verdict]);
    return { by, verdicts, mac: macBy(ownKey, ['signature', by, verdicts]) };
  };
  return [
    say('authorization', { guard: 'authorization', effect: 'allow' }),
    say('confirmation', { guard: 'confirmation', effect: 'pass' }),
  ];
}

function ownRelease(about: { callId: string; digest: string; boot: string }): JsonObject {
  const decision = { effect: 'allow', reason: 'allowed', guard: 'authorization', approval: null };
  const body = JSON.stringify({ ...about, decision, position: 1 });
  return { v: 1, kind: 'release', body, mac: macBy(ownKey, ['release', body]) };
}
