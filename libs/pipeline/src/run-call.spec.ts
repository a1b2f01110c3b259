import { createMemoryCounters, createMemoryJournal, createMemorySpool } from '@sallyport/adapter-memory';
import {
  type Answer,
  type CallRequest,
  type Commit,
  type Envelope,
  type Guard,
  type Journal,
  type JsonObject,
  type Opinion,
  type Outcome,
  type Rate,
  type Upstream,
  targetFact,
  toolTarget,
} from '@sallyport/contracts';
import { configSchema, JournalUnavailable } from '@sallyport/contracts';
import { noFacts } from '@sallyport/testing';
import { countingIds, digest, keys, plainParts, request } from '../test/call-parts.ts';
import { createAttempts } from './attempts.ts';
import { createAudit } from './audit.ts';
import { runCall, type CallParts } from './run-call.ts';
import { createCoalescer } from './coalescer.ts';
import { createEmbeddedDecisionService } from './embedded-decision-service.ts';
import { judge, type BoundGuard } from './judge.ts';
import { createCallFactory, envelopeOf } from './call-factory.ts';
import { createOutcomeRecorder } from './outcome-recorder.ts';
import { createRefusedRequests } from './refused-requests.ts';

interface Fixture {
  readonly opinion?: () => Opinion | Promise<Opinion>;
  readonly outcome?: Outcome | (() => Promise<Outcome>);
  readonly journal?: (real: Journal) => Journal;
  /** Refusals that are recorded one by one. */
  readonly budget?: number;
  readonly attempts?: { readonly rate: Rate; readonly burst: number };
  /** What a guard at the gateway says. */
  readonly endpoint?: Opinion;
}

function gatewayGuardsOf(opinion: Opinion | undefined): readonly BoundGuard[] {
  const first = { id: 'first', station: 'gateway', grants: false, shadow: false } as const;
  return opinion === undefined ? [] : [{ ...first, judge: () => opinion }];
}

function build({
  opinion = () => ({ effect: 'allow' }),
  outcome = { kind: 'result', result: { content: [] } },
  journal = (real) => real,
  budget = Infinity,
  attempts = { rate: { count: 1, periodMs: 1_000 }, burst: 1_000 },
  endpoint,
}: Fixture = {}) {
  const memory = createMemoryJournal();
  const log = journal(memory.journal);
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  const ids = countingIds();
  const incident: string[] = [];
  const observer = {
    decided: () => undefined,
    finished: () => undefined,
    incident: (what: string) => void incident.push(what),
  };
  const records = { clock, ids, keys, directory: memory.directory, observer };
  const gatewayGuards = gatewayGuardsOf(endpoint);
  const guards: Pick<Guard, 'id' | 'grants' | 'station'>[] = [
    ...gatewayGuards,
    { id: 'only', grants: true, station: 'authorization' },
  ];
  const only = { id: 'only', station: 'authorization', grants: true, shadow: false, judge: () => opinion() } as const;
  const counters = createMemoryCounters({ clock });
  const { approvals } = configSchema.parse({ upstreams: {} });
  let single = budget;
  const coalescer = createCoalescer({ ...records, journal: log, budget: () => single-- > 0 });
  const refusals = createRefusedRequests({ ...records, journal: log, boot: 'boot-1' });
  const audit = createAudit({
    ...records,
    guards,
    journal: log,
    counters,
    projection: { apply: () => undefined, catchUp: async () => undefined },
    approvalJudges: [],
    coalescer,
    approvals,
  });
  const sent: unknown[] = [];
  const ended: string[] = [];
  const spool = createMemorySpool();
  const upstream: Upstream = {
    id: 'orders',
    async send(call, options) {
      if (!options.beforeWrite()) return { kind: 'failed', reason: 'cancelled', sent: false, detail: '' };
      sent.push(call.arguments);
      return typeof outcome === 'function' ? outcome() : outcome;
    },
    list: () => Promise.resolve([]),
  };
  const catalog = { find: () => undefined, all: () => [], version: 0 };
  const createCall = createCallFactory({ catalog, clock, ids, keys, boot: 'boot-1', timeoutMs: () => 60_000 });
  const parts: CallParts = {
    ...plainParts({ clock, ids, observer, upstream }),
    attempts: createAttempts({ monotonic: () => 0 }, () => attempts),
    refusals,
    open: (request) => envelopeOf(keys, createCall(request), noFacts, { guards: digest, policy: digest, settings: {} }),
    judgeAtGateway: (envelope) => judge(gatewayGuards, envelope),
    decisions: createEmbeddedDecisionService({ boundGuards: [only], audit, observer }),
    clientRequests: () => ({
      ask: () => Promise.resolve({ error: { code: -32601, message: 'no' } }),
      round: () => Promise.resolve({ kind: 'refused', says: 'no' }),
      take: () => Promise.resolve(null),
      refused: () => [],
      close: () => Promise.resolve(),
    }),
    mayAskClient: () => false,
    outcomes: createOutcomeRecorder({ ...records, journal: log, spool }),
    endLeases: async ({ callId }) => void ended.push(callId),
    timeoutMs: () => 1_000,
  };
  const events = async (): Promise<JsonObject[]> =>
    (await memory.journal.readAll('shop', { after: 0, limit: 100 })).map(
      ({ bytes }) => JSON.parse(Buffer.from(bytes).toString('utf8')) as JsonObject,
    );
  const types = async (): Promise<string[]> =>
    (await events()).map(({ type }) => String(type).split('.').slice(2, 4).join('.'));
  return { parts, sent, ended, incident, events, types, spool, coalescer, refusals, audit, vault: memory.vault };
}

/** The journal is gone from the moment when the call is sent; `restore` brings it back. */
function buildLosingJournal() {
  let down = false;
  const fixture = build({
    journal: (real) => ({
      ...real,
      commit: (commit: Commit) => (down ? Promise.reject(new JournalUnavailable('gone')) : real.commit(commit)),
    }),
    outcome: () => {
      down = true;
      return Promise.resolve({ kind: 'result', result: {} });
    },
  });
  return { fixture, restore: () => void (down = false) };
}

const around = () => ({
  signal: new AbortController().signal,
  progressToken: null,
  notify: () => undefined,
  ask: null,
});
const reasonOf = (answer: Answer): string => (answer.kind === 'unknown_tool' ? 'unknown_tool' : answer.meta.reason);

describe('the path of one call', () => {
  it('does not send a call whose decision can not be recorded', async () => {
    const fixture = build({
      journal: (real) => ({ ...real, commit: () => Promise.reject(new JournalUnavailable('disk full')) }),
    });
    expect(reasonOf(await runCall(fixture.parts, request, around()))).toBe('audit_unavailable');
    expect(fixture.sent).toEqual([]);
  });

  it('records a denial and answers with advice and a reference', async () => {
    const fixture = build({
      opinion: () => ({ effect: 'deny', reason: 'not_owner', advice: 'This order is not yours.' }),
    });
    const answer = await runCall(fixture.parts, request, around());
    expect(answer).toMatchObject({
      kind: 'refused',
      text: expect.stringMatching(/^This order is not yours\. Reference \d+\.$/),
      meta: { decision: 'deny', reason: 'not_owner' },
    });
    expect(await fixture.types()).toEqual(['call.decided']);
  });

  it('records the decision before it sends, and the outcome before it answers', async () => {
    const seen: string[][] = [];
    const fixture: ReturnType<typeof build> = build({
      outcome: async () => {
        seen.push(await fixture.types());
        return { kind: 'result', result: { content: [] } };
      },
    });
    const answer = await runCall(fixture.parts, request, around());
    expect(seen).toEqual([['call.decided']]);
    expect(await fixture.types()).toEqual(['call.decided', 'call.completed']);
    expect(answer.kind).toBe('result');
    expect(fixture.ended).toHaveLength(1);
  });

  it('does not put the free text of an unknown name into an event', async () => {
    const fixture = build({
      opinion: () => ({ effect: 'deny', reason: 'unknown_tool', advice: 'There is no such tool.' }),
    });
    await runCall(fixture.parts, { ...request, target: toolTarget('alice was here, 12 Main Street') }, around());
    expect((await fixture.events())[0]).toMatchObject({ data: { upstream: 'orders', tool: '_unnamed' } });
  });

  it.each<[string, Outcome]>([
    ['completed', { kind: 'result', result: { content: [] } }],
    ['is_error', { kind: 'result', result: { content: [], isError: true } }],
    ['upstream_error', { kind: 'error', code: -32603, message: 'x' }],
    ['upstream_timeout', { kind: 'failed', reason: 'upstream_timeout', sent: true, detail: 'x' }],
  ])('tells the observer that a call came to %s', async (word, outcome) => {
    const fixture = build({ outcome });
    const told: string[] = [];
    const observer = { ...fixture.parts.observer, finished: (_call: unknown, what: string) => void told.push(what) };
    await runCall({ ...fixture.parts, observer }, request, around());
    expect(told).toEqual([word]);
  });

  it('never puts an argument value into an event', async () => {
    const fixture = build();
    await runCall(fixture.parts, request, around());
    expect(JSON.stringify(await fixture.events())).not.toContain('very-private');
    expect(JSON.stringify(await fixture.events())).not.toContain('alice');
  });

  it.each(['prompt', 'resource', 'template'] as const)(
    'looks nothing up for a %s, which is the object itself',
    async (kind) => {
      const fixture = build();
      const target = { kind, name: 'a' };
      const own = targetFact('orders', target);
      const open = (call: CallRequest) => ({
        ...fixture.parts.open(call),
        facts: { ...noFacts, resources: own === null ? [] : [own] },
      });
      const gather = () => Promise.reject(new Error('looked up'));
      const parts = { ...fixture.parts, open, facts: { ...fixture.parts.facts, gather } };
      expect(await runCall(parts, { ...request, target }, around())).toMatchObject({ kind: 'result' });
      expect(await fixture.events()).toMatchObject([
        { data: { resources: [{ type: own?.type, status: 'resolved' }] } },
        {},
      ]);
    },
  );

  it('records of a refused call how many objects it named, and only some of them one by one', async () => {
    const fixture = build({ opinion: () => ({ effect: 'deny', reason: 'bulk_argument', advice: 'One at a time.' }) });
    const pointers = Array.from({ length: 5_000 }, (_, at) => `/ids/${at}`);
    const named = { type: 'Order', status: 'unresolved', owner: null, version: null, attributes: {} } as const;
    const resources = pointers.map((pointer) => ({ ...named, id: pointer, pointer }));
    const facts = { ...noFacts, bulk: 5_000, wildcards: pointers, unbounded: pointers, resources };
    const open = (call: CallRequest) => ({ ...fixture.parts.open(call), facts });
    const gather = () => Promise.resolve(facts);
    await runCall({ ...fixture.parts, open, facts: { ...fixture.parts.facts, gather } }, request, around());
    const [event] = (await fixture.events()) as { data: { resources: []; facts: { bulk: number; wildcards: [] } } }[];
    expect(event?.data).toMatchObject({ facts: { bulk: 5_000 } });
    expect(event?.data.resources).toHaveLength(100);
    expect(event?.data.facts.wildcards).toHaveLength(100);
  });

  it('does not send when the release is for other arguments', async () => {
    const fixture = build();
    const decisions = {
      ...fixture.parts.decisions,
      decide: async (envelope: Parameters<typeof fixture.parts.decisions.decide>[0]) => ({
        ...(await fixture.parts.decisions.decide(envelope)),
        digest: 'hmac-sha256:other',
      }),
    };
    await runCall({ ...fixture.parts, decisions }, request, around());
    expect(fixture.sent).toEqual([]);
    expect(await fixture.types()).toEqual(['call.decided', 'call.not_run']);
  });

  it('does not send for a client that has gone, and records that it did not', async () => {
    const fixture = build();
    const gone = AbortSignal.abort();
    await runCall(fixture.parts, request, { ...around(), signal: gone });
    expect(fixture.sent).toEqual([]);
    expect(await fixture.types()).toEqual(['call.decided', 'call.not_run']);
  });

  it('does not send past the deadline, also when the wall clock is set back meanwhile', async () => {
    const fixture = build();
    let elapsed = 0;
    const clock = { now: () => Date.now() - 3_600_000, monotonic: () => performance.now() + elapsed };
    const decisions = {
      ...fixture.parts.decisions,
      decide: (envelope: Envelope) => {
        elapsed = 61_000;
        return fixture.parts.decisions.decide(envelope);
      },
    };
    await runCall({ ...fixture.parts, clock, decisions }, request, around());
    expect(fixture.sent).toEqual([]);
    expect(await fixture.types()).toEqual(['call.decided', 'call.not_run']);
  });

  it('spools an outcome that the journal does not take, and drains it later', async () => {
    const { fixture, restore } = buildLosingJournal();
    expect((await runCall(fixture.parts, request, around())).kind).toBe('result');
    expect(fixture.incident).toContain('outcome_spooled');
    restore();
    expect(await fixture.parts.outcomes.drain()).toBe(1);
    expect(await fixture.types()).toEqual(['call.decided', 'call.completed']);
  });

  it('says so when a call ran and its outcome could be recorded nowhere', async () => {
    const { fixture } = buildLosingJournal();
    fixture.spool.append = () => Promise.reject(new Error('full'));
    expect(reasonOf(await runCall(fixture.parts, request, around()))).toBe('ran_unrecorded');
  });

  it('records the outcome of an answer that is nested too deeply to be printed', async () => {
    const deep = JSON.parse(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`) as JsonObject;
    const fixture = build({ outcome: { kind: 'result', result: { content: [], structuredContent: deep } } });
    expect((await runCall(fixture.parts, request, around())).kind).toBe('result');
    expect(await fixture.types()).toEqual(['call.decided', 'call.completed']);
  });

  it('tells nothing of what an upstream said in an error', async () => {
    const fixture = build({
      outcome: { kind: 'error', code: -32603, message: 'SELECT * FROM orders at /srv/db.js:12' },
    });
    const answer = await runCall(fixture.parts, request, around());
    expect(JSON.stringify(answer)).not.toContain('SELECT');
    expect(reasonOf(answer)).toBe('upstream_error');
  });

  it('says what a client lacks for an upstream, in our words, and only where declaring it would help', async () => {
    const data = { requiredCapabilities: { sampling: { tools: 'SELECT' }, elicitation: {}, 'x-secret': {} } };
    const fixture = build({ outcome: { kind: 'error', code: -32021, message: 'SELECT', data } });
    const all = await runCall(fixture.parts, { ...request, capabilities: { sampling: {}, elicitation: {} } }, around());
    expect(all).not.toHaveProperty('missingCapabilities');
    const some = await runCall(fixture.parts, { ...request, capabilities: { elicitation: {} } }, around());
    expect(some).toMatchObject({ kind: 'refused', meta: { decision: 'allow', reason: 'upstream_error' } });
    expect(some).toHaveProperty('missingCapabilities', { sampling: {} });
    expect(JSON.stringify(some)).not.toMatch(/SELECT|secret/);
  });

  it('gives a redelivered envelope the stored decision, and decides once', async () => {
    const fixture = build();
    const envelope = await judge(
      [{ id: 'only', station: 'authorization', grants: true, shadow: false, judge: () => ({ effect: 'allow' }) }],
      fixture.parts.open(request),
    );
    const first = await fixture.audit.release(envelope);
    const again = await fixture.audit.release({
      ...envelope,
      verdicts: [{ guard: 'only', effect: 'deny', reason: 'x', advice: 'x' }],
    });
    expect(first.decision.effect).toBe('allow');
    expect(again.decision.effect).toBe('allow');
    expect(await fixture.types()).toEqual(['call.decided']);
  });

  it('counts what there is no room for, and lets nobody fill the log with names of tools', async () => {
    const fixture = build();
    const decision = { effect: 'deny', reason: 'tenant_overload', guard: 'audit', advice: '' } as const;
    const envelope = fixture.parts.open(request);
    for (const tool of ['a', 'b', 'c'])
      fixture.coalescer.count(
        { ...envelope, call: { ...envelope.call, target: toolTarget(tool), definition: null } },
        decision,
      );
    await fixture.coalescer.flush();
    expect((await fixture.events()).map(({ data }) => data)).toMatchObject([
      { reason: 'tenant_overload', guard: 'audit', tool: '_unnamed', upstream: '_unnamed', count: 3 },
    ]);
  });

  it('keeps neither arguments nor names of a call that is refused at the gateway, only digest and size', async () => {
    const order_id = 'very-private'.repeat(10_000);
    const kept = build({ opinion: () => ({ effect: 'deny', reason: 'not_owner', advice: 'No.' }) });
    await runCall(kept.parts, { ...request, arguments: { order_id: 'private-1' } }, around());
    await runCall(kept.parts, { ...request, arguments: { order_id } }, around());
    const [few = {}, many = {}] = await kept.events();
    expect((await kept.vault.open('shop', String(few['id']))).map(({ value }) => value)).toEqual([
      '{"order_id":"private-1"}',
    ]);
    expect(await kept.vault.open('shop', String(many['id']))).toEqual([]);

    const refused = build({ endpoint: { effect: 'deny', reason: 'unknown_tool', advice: 'No.' } });
    await runCall(refused.parts, { ...request, arguments: { order_id } }, around());
    const [event = {}] = await refused.events();
    const same = { arguments: { bytes: 120_015, digest: (many['data'] as JsonObject)['arguments'] } };
    expect(event['data']).toMatchObject({ decision: 'deny', reason: 'unknown_tool', resources: [] });
    expect((event['data'] as { arguments: JsonObject }).arguments).toMatchObject({
      bytes: 120_015,
      digest: (same.arguments.digest as JsonObject)['digest'],
    });
    expect(await refused.vault.open('shop', String(event['id']))).toEqual([]);
    expect(JSON.stringify(event).length).toBeLessThan(3_000);
  });

  it('does not look at a call of somebody whose calls were refused too often, and says what to do', async () => {
    const attempts = { rate: { count: 1, periodMs: 1_000 }, burst: 3 };
    const fixture = build({ attempts, opinion: () => ({ effect: 'deny', reason: 'not_owner', advice: 'No.' }) });
    const answers: Answer[] = [];
    for (let call = 0; call < 6; call += 1) answers.push(await runCall(fixture.parts, request, around()));
    expect(answers.map(reasonOf)).toEqual([
      ...['not_owner', 'not_owner', 'not_owner'],
      ...['too_many_attempts', 'too_many_attempts', 'too_many_attempts'],
    ]);
    expect(answers.at(-1)).toMatchObject({
      text: expect.stringContaining('floods.attempts'),
      meta: { retryAfterMs: 1_000 },
    });
    await fixture.refusals.flush();
    const [last] = (await fixture.events()).slice(3);
    expect(last?.['data']).toMatchObject({ reason: 'too_many_attempts', count: 3 });
    expect(await fixture.types()).toHaveLength(4);
    const other = {
      ...request,
      principal: { ...request.principal, subject: { ...request.principal.subject, id: 'ben' } },
    };
    expect(reasonOf(await runCall(fixture.parts, other, around()))).toBe('not_owner');
  });

  it('never holds up somebody whose calls are allowed', async () => {
    const attempts = { rate: { count: 1, periodMs: 1_000 }, burst: 3 };
    const fixture = build({ attempts });
    for (let call = 0; call < 20; call += 1)
      expect(reasonOf(await runCall(fixture.parts, { ...request, bytes: call * 65_536 }, around()))).toBe('allowed');
  });

  it('records a call that nobody waits for by itself, however many refusals were counted', async () => {
    const fixture = build({ budget: 0 });
    const envelope = fixture.parts.open(request);
    await fixture.audit.expire(envelope, 'timed_out');
    expect(await fixture.types()).toEqual(['call.decided']);
    const judged = { ...envelope, verdicts: [{ guard: 'only', effect: 'allow' as const }] };
    expect((await fixture.audit.release(judged)).decision).toMatchObject({ effect: 'deny', reason: 'timed_out' });
  });

  it('answers a second copy of a call that was only counted as it did the first, and counts it once', async () => {
    const fixture = build({ budget: 0 });
    const envelope = fixture.parts.open(request);
    const no = { guard: 'only', effect: 'deny', reason: 'not_owner', advice: 'No.' } as const;
    for (let copy = 0; copy < 2; copy += 1)
      expect((await fixture.audit.release({ ...envelope, verdicts: [no] })).decision.reason).toBe('not_owner');
    await fixture.coalescer.flush();
    expect((await fixture.events()).map(({ data }) => (data as JsonObject)['count'])).toEqual([1]);
  });

  it('keeps what it counted while nothing can be written, and tries that again as the same event', async () => {
    let away = true;
    const journal = (real: Journal): Journal => ({
      ...real,
      commit: (commit) => (away ? Promise.reject(new JournalUnavailable('away')) : real.commit(commit)),
    });
    const fixture = build({
      budget: 0,
      journal,
      opinion: () => ({ effect: 'deny', reason: 'not_owner', advice: 'No.' }),
    });
    for (let call = 0; call < 3; call += 1) await runCall(fixture.parts, request, around());
    await fixture.coalescer.flush();
    away = false;
    await runCall(fixture.parts, request, around());
    await fixture.coalescer.flush();
    expect((await fixture.events()).map(({ data }) => (data as JsonObject)['count'])).toEqual([3, 1]);
  });

  it('coalesces a flood of equal refusals, whatever they are refused for', async () => {
    const over = build({ budget: 1, opinion: () => ({ effect: 'deny', reason: 'not_owner', advice: 'Later.' }) });
    for (let call = 0; call < 10; call += 1) await runCall(over.parts, request, around());
    await over.coalescer.flush();
    const coalesced = (await over.events()).filter(({ type }) => String(type).includes('refusals_coalesced'));
    const single = (await over.types()).filter((type) => type === 'call.decided');
    expect(coalesced.reduce((sum, { data }) => sum + Number((data as JsonObject)['count']), single.length)).toBe(10);
    expect(coalesced).toHaveLength(1);
  });

  it('coalesces no hold and no allow', async () => {
    const requirements = [{ who: 'self', count: 1, group: null, rule: 'r', ask: 'Sure?' }] as const;
    const hold = { effect: 'hold', reason: 'approval_required', requirements } as const;
    for (const opinion of [hold, { effect: 'allow' } as const]) {
      const other = build({ budget: 0, opinion: () => opinion });
      for (let call = 0; call < 10; call += 1) await runCall(other.parts, request, around());
      expect((await other.types()).filter((type) => type === 'call.decided')).toHaveLength(10);
    }
  });
});
