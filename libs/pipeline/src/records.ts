import type { KeyObject } from 'node:crypto';
import {
  type ApprovalUse,
  type Call,
  type Clock,
  type Decision,
  type Digest,
  type Directory,
  type Envelope,
  type EventData,
  type Ids,
  type Keys,
  type LimitCheck,
  type LimitStatus,
  type NewEvent,
  personName,
  type SealedValue,
  type Verdict,
  targetText,
  type Target,
} from '@sallyport/contracts';
import { BoundedMap, hmacSha256 } from '@sallyport/base';
import { newEvent, seal, type Sealed, sealedIn } from '@sallyport/journal';
import { fitDecision, leaveOut } from './fit-decision.ts';
import { factsText, namesNothing } from './facts-digest.ts';
import { shortText } from './short-text.ts';
import { argumentsDigest, argumentsText } from './signing-input.ts';

export interface RecordParts {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly keys: Keys;
  readonly directory: Directory;
  /** Version of this program; absent in tests of parts. */
  readonly code?: string;
}

type Decided = EventData['call.decided'];
type LimitRecord = NonNullable<Decided['verdicts'][number]['limits']>[number];

/**
 * A refused call may name tens of thousands of objects, and each would cost a row in the directory: so many are
 * recorded one by one, and the digest of the facts is over all of them.
 */
const MOST_NAMED = 100;

const plainName = /^[A-Za-z0-9_.-]{1,64}$/;

/** Characters of a name. */
const MOST_NAME = 256;

/** A name that Sallyport does not know was written by the client: free text stays out of the record. */
function nameFor(name: string, { definition }: Call): string {
  if (definition === null && !plainName.test(name)) return '_unnamed';
  return shortText(name, MOST_NAME);
}

/** The object under `resources` says which resource it was, under a pseudonym. */
function recordedTarget(call: Call): Target {
  const { kind, name } = call.target;
  return { kind, name: kind === 'resource' ? '*' : nameFor(name, call) };
}

/** The one fact of a decision, with everything that a dispute can be about, and the sealed arguments beside it. */
export async function decidedRecord(
  parts: RecordParts & { readonly agentName: (call: Call) => string },
  envelope: Envelope,
  decision: Decision,
  elapsedUs: number,
): Promise<{ event: NewEvent<'call.decided'>; sealed: readonly SealedValue[] }> {
  const { call, facts, verdicts, policy, guards, config, system } = envelope;
  const target = recordedTarget(call);
  const given = argumentsRecord(parts, envelope, decision);
  const found = factsRecord(parts, envelope, decision);
  const resources = decision.effect === 'deny' ? facts.resources.slice(0, MOST_NAMED) : facts.resources;
  const data: Decided = {
    tenant: call.tenant,
    decision: decision.effect,
    reason: decision.reason,
    guard: decision.guard,
    ...(await people(parts, call)),
    action: call.action,
    upstream: nameFor(call.upstream, call),
    tool: targetText(target),
    ...(target.kind !== 'tool' && { target }),
    definition: call.definition,
    call: call.digest,
    arguments: given.recorded,
    resources:
      resources.length === 0
        ? []
        : await Promise.all(resources.map((resource) => resourceRecord(parts, call, resource))),
    facts: found.recorded,
    verdicts: verdicts.map((verdict) => verdictRecord(parts.keys.digestKey(call.tenant), verdict)),
    policy,
    guards,
    ...(config !== undefined && { config }),
    ...(system !== undefined && { system: { ...system } }),
    ...(parts.code !== undefined && { code: parts.code }),
    gateway: { ...call.gateway },
    approval: approvalOf(decision),
    elapsed_us: elapsedUs,
  };
  leaveOut(data, 'resources', facts.resources.length - resources.length);
  leaveOut(data, 'facts.wildcards', facts.wildcards.length - data.facts.wildcards.length);
  leaveOut(data, 'facts.unbounded', facts.unbounded.length - data.facts.unbounded.length);
  const event = newEvent(parts, {
    type: 'call.decided',
    source: `/gateway/${call.gateway.boot}`,
    traceparent: call.traceparent,
    data: fitDecision(data),
  });
  const sealed = { arguments: given.sealed, facts: found.sealed };
  return {
    event,
    sealed: Object.entries(sealed).flatMap(([field, value]) =>
      value === null ? [] : [sealedIn({ event, field, subject: data.subject.ref }, value)],
    ),
  };
}

/** Longer arguments or facts of a refused call are not kept: a caller who may do nothing could else have us keep what they like. */
const MOST_KEPT_BYTES = 4_096;

interface ArgumentsRecord {
  readonly recorded: Decided['arguments'];
  /** Null where nothing is kept that could open the commitment. */
  readonly sealed: Sealed | null;
}

function argumentsRecord(parts: RecordParts, { call, withheld }: Envelope, decision: Decision): ArgumentsRecord {
  const leftOut = call.leftOut === undefined ? {} : { left_out: call.leftOut };
  if (withheld !== undefined) {
    const { digest, bytes } = withheld;
    return { recorded: { digest, commitment: seal(parts, digest).commitment, bytes, ...leftOut }, sealed: null };
  }
  const text = argumentsText(call);
  const sealed = seal(parts, text);
  const { digest, bytes } = argumentsDigest(parts.keys, call);
  const recorded = { digest, commitment: sealed.commitment, bytes, ...leftOut };
  return { recorded, sealed: decision.effect === 'deny' && bytes > MOST_KEPT_BYTES ? null : sealed };
}

interface FactsRecord {
  readonly recorded: Decided['facts'];
  readonly sealed: Sealed | null;
}

/** Facts that name nothing stand in the event whole, with the size of the arguments beside them. */
function factsRecord(parts: RecordParts, { facts, factsDigest }: Envelope, decision: Decision): FactsRecord {
  const recorded = {
    digest: factsDigest,
    bulk: facts.bulk,
    wildcards: facts.wildcards.slice(0, MOST_NAMED),
    unbounded: facts.unbounded.slice(0, MOST_NAMED),
    depth: facts.depth,
  };
  if (namesNothing(facts)) return { recorded, sealed: null };
  const text = factsText(facts);
  const sealed = seal(parts, text);
  const isKept = decision.effect !== 'deny' || Buffer.byteLength(text) <= MOST_KEPT_BYTES;
  return { recorded: { ...recorded, commitment: sealed.commitment }, sealed: isKept ? sealed : null };
}

function approvalOf(decision: Decision): Decided['approval'] {
  if (decision.effect === 'deny' || decision.approval === null) return null;
  return { id: decision.approval.id, act: decision.approval.act };
}

async function people(
  { directory, agentName }: Parameters<typeof decidedRecord>[0],
  call: Call,
): Promise<Pick<Decided, 'subject' | 'agent' | 'session' | 'flow'>> {
  const { actors } = call.subject;
  // Awaited together: where the directory is away, none may be left that fails unheard.
  const [subject, agent, session, flow, acting] = await Promise.all([
    directory.refOf(call.tenant, 'sub', personName(call.subject)),
    directory.refOf(call.tenant, 'cli', agentName(call)),
    call.session === null ? null : directory.refOf(call.tenant, 'ses', call.session),
    call.flow === null ? null : directory.refOf(call.tenant, 'flw', call.flow),
    actors && Promise.all(actors.map((name) => directory.refOf(call.tenant, 'cli', name))),
  ]);
  return {
    subject: { ref: subject, ...subjectRecord(call.subject), ...(acting && { actors: acting }) },
    agent: { ref: agent, verified: call.agent.verified },
    session,
    flow,
  };
}

/** What policies judge a subject by, beside who it is. */
function subjectRecord({ issuer, roles, scopes, qualified }: Call['subject']): Omit<Decided['subject'], 'ref'> {
  return {
    issuer,
    roles: [...roles],
    ...(scopes && { scopes: [...scopes] }),
    ...(qualified === true && { qualified }),
  };
}

async function resourceRecord(
  { directory, keys }: RecordParts,
  { tenant, subject }: Call,
  { type, id, owner, version, status }: Envelope['facts']['resources'][number],
): Promise<Decided['resources'][number]> {
  return {
    type,
    ref: await directory.refOf(tenant, 'res', `${type}/${id}`),
    owner: owner === null ? null : await directory.refOf(tenant, 'sub', ownerName(subject, owner)),
    version: version === null ? null : hmacSha256(keys.digestKey(tenant), version),
    status,
  };
}

/** Owners are taken for people of the caller's issuer, unless it is said that they are not. */
function ownerName({ issuer, qualified }: Call['subject'], id: string): string {
  return personName({ issuer: qualified === true ? '' : issuer, id });
}

/** A verdict without advice, question or any value. */
function verdictRecord(key: KeyObject, verdict: Verdict): Decided['verdicts'][number] {
  const { guard, effect, rules, limits, spent, degraded, shadow, at, engine, detail } = verdict;
  return {
    guard,
    effect,
    ...(rules && { rules: [...rules] }),
    ...(limits && { limits: limits.map((limit) => limitRecord(key, limit)) }),
    ...(spent && { spent: spent.map(({ id, amount }) => ({ id, amount })) }),
    ...(degraded && { degraded }),
    ...(shadow && { shadow }),
    ...(at !== undefined && { at: new Date(at).toISOString() }),
    ...(engine && { engine }),
    ...(detail && { detail }),
    ...effectRecord(verdict),
  };
}

/** The name of a counter holds that of the subject. */
function limitRecord(key: KeyObject, { id, remaining, resetMs, check }: LimitStatus): LimitRecord {
  if (check === undefined) return { id, remaining };
  const { kind, cost, max, periodMs } = check;
  return { id, remaining, kind, cost, max, period_ms: periodMs, reset_ms: resetMs, key: counterDigest(key, check) };
}

interface KnownCounter {
  readonly key: KeyObject;
  readonly digest: Digest;
}

/** Counters whose digests are at hand: those of a subject come with each of its calls. */
const counters = new BoundedMap<string, KnownCounter>(4_096);

/** The digest of a counter's name. A counter of one call alone, which identical calls share, comes too seldom to be kept. */
function counterDigest(key: KeyObject, { key: name, kind }: Pick<LimitCheck, 'key' | 'kind'>): Digest {
  if (kind === 'identical') return hmacSha256(key, name);
  const known = counters.get(name);
  if (known?.key === key) return known.digest;
  const digest = hmacSha256(key, name);
  counters.set(name, { key, digest });
  return digest;
}

function effectRecord(verdict: Verdict): Partial<Decided['verdicts'][number]> {
  if (verdict.effect === 'deny') return { reason: verdict.reason };
  if (verdict.effect === 'allow') return {};
  const approval = verdict.approval && { approval: useRecord(verdict.approval) };
  if (verdict.effect === 'pass')
    return { ...approval, ...(verdict.satisfies && { satisfies: [...verdict.satisfies] }) };
  const requirements = verdict.requirements.map(({ who, count, group, rule }) => ({ who, count, group, rule }));
  return { reason: verdict.reason, requirements, ...approval };
}

/** What a use replaces is told by the events that end it. */
function useRecord({ id, act, version }: ApprovalUse): { id: string; act: ApprovalUse['act']; version: number } {
  return { id, act, version };
}
