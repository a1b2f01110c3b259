import { z } from 'zod';
import { type Call, callActions, type Digest, targetKinds } from '../call.ts';
import type { Envelope, Release, WithheldArguments } from '../envelope.ts';
import type { Facts, ResourceFact } from '../facts.ts';
import type { Commit, Committed, NewEvent, SealedValue, StoredEvent, Write } from '../journal.ts';
import type { JsonObject } from '../json.ts';
import type { Verdict } from '../verdict.ts';

/** Says whether a value is one of a type. */
export type Schema<Value> = z.ZodType<Value>;

/** An envelope without what the stations say of it. */
export type Unjudged = Omit<Envelope, 'verdicts'>;

/** What audit answers to a commit: what came of it, or that it did not come to it. Bytes are base64. */
export type CommitReply =
  | Exclude<Committed, { status: 'duplicate' }>
  | { readonly status: 'duplicate'; readonly events: readonly PrintedEvent[] }
  | { readonly status: 'unavailable' }
  | { readonly status: 'refused'; readonly reason: string };

type PrintedEvent = Omit<StoredEvent, 'bytes' | 'leaf'> & { readonly bytes: string; readonly leaf: string };

/** What came of reading the files again in one program. */
export interface ReloadReport {
  /** Digest of what each guard is configured with now. */
  readonly settings: Readonly<Record<string, Digest>>;
  readonly policy: Digest | null;
  /** Why the files can't be used; empty where they are in force. */
  readonly problems: readonly string[];
  /** The program's name: the first of the stations that it hosts, or audit. */
  readonly program: string;
  readonly instance: string;
  /** Partitions that this instance answers for. */
  readonly partitions: readonly number[];
}

const text = z.string();
const digests = z.record(text, text);

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const object = z.custom<JsonObject>(isObject);

const call: Schema<Call> = z.object({
  callId: text,
  tenant: text,
  gateway: z.object({ boot: text, counter: z.number() }),
  subject: z.object({
    id: text,
    issuer: text,
    roles: z.array(text),
    scopes: z.array(text).exactOptional(),
    actors: z.array(text).exactOptional(),
    qualified: z.boolean().exactOptional(),
  }),
  agent: z.object({ id: text, verified: z.boolean() }),
  session: text.nullable(),
  flow: text.nullable(),
  action: z.enum(callActions),
  upstream: text,
  target: z.object({ kind: z.enum(targetKinds), name: text }),
  definition: text.nullable(),
  arguments: object,
  leftOut: z.number().exactOptional(),
  digest: text,
  receivedAt: z.number(),
  deadline: z.number(),
  traceparent: text.nullable(),
});

const resource: Schema<ResourceFact> = z.object({
  type: text,
  id: text,
  pointer: text,
  status: z.enum(['resolved', 'unresolved']),
  owner: text.nullable(),
  version: text.nullable(),
  attributes: object,
});

const facts: Schema<Facts> = z.object({
  bulk: z.number(),
  wildcards: z.array(text),
  unbounded: z.array(text),
  bytes: z.number(),
  depth: z.number(),
  resources: z.array(resource),
});

const withheld: Schema<WithheldArguments> = z.object({ digest: text, bytes: z.number() });

/** An envelope that anybody may have written: what a guard can look at. */
export const unjudgedSchema: Schema<Unjudged> = z.object({
  version: z.literal(2),
  call,
  facts,
  factsDigest: text,
  guards: text,
  policy: text,
  settings: digests,
  config: text.exactOptional(),
  system: z.object({ definitions: z.number(), tenants: z.number() }).exactOptional(),
  withheld: withheld.exactOptional(),
});

/** Verdicts that anybody may have written. What they say is for `decide` to judge. */
export const verdictsSchema: Schema<readonly Verdict[]> = z.array(
  z.custom<Verdict>((value) => verdict.safeParse(value).success),
);
const verdict = z.object({ guard: text, effect: text });

/** A release that anybody may have written. What is within the decision is as sound as the key that signed it. */
export const releaseSchema: Schema<Release> = z.object({
  callId: text,
  boot: text,
  digest: text,
  position: z.int().nullable(),
  decision: z.custom<Release['decision']>((value) => decision.safeParse(value).success),
});
const decision = z.object({ effect: z.enum(['allow', 'deny', 'hold']), reason: text });

/** An event of a commit: its data are for the schema of its type. */
const event: Schema<NewEvent> = z.object({
  id: text,
  type: z.custom<NewEvent['type']>((value) => typeof value === 'string'),
  time: text,
  source: text,
  traceparent: text.nullable(),
  data: z.custom<NewEvent['data']>(isObject),
});

const write: Schema<Write> = z.object({
  stream: text,
  expectedVersion: z.union([z.literal('any'), z.int().nonnegative()]),
  events: z.array(event).min(1),
});

const sealed: Schema<SealedValue> = z.object({ event: text, field: text, subject: text, salt: text, value: text });

/** A commit as a gateway asks for it. */
export const commitSchema: Schema<Commit> = z.object({
  tenant: text,
  commandId: text,
  writes: z.array(write).min(1),
  sealed: z.array(sealed).exactOptional(),
  erases: z.array(text).exactOptional(),
});

/** By its status: what is within is as sound as the key that signed it. */
export const commitReplySchema = z.custom<CommitReply>((value) => status.safeParse(value).success);
const status = z.object({ status: z.enum(['committed', 'duplicate', 'conflict', 'unavailable', 'refused']) });

export const reloadReportSchema: Schema<ReloadReport> = z.object({
  settings: digests,
  policy: text.nullable(),
  problems: z.array(text),
  program: text,
  instance: text,
  partitions: z.array(z.int()),
});
