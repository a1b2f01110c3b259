import { z } from 'zod';
import type { JsonObject } from './json.ts';
import { isServerRequest, type ServerRequestMethod } from './methods.ts';

const count = z.int().nonnegative();

/** A request that its client was asked, as far as reading the answer needs it. */
const askedRequest = z.strictObject({
  /** The upstream's name for it, and the one that the client got. */
  name: z.string(),
  shownAs: z.string(),
  method: z.custom<ServerRequestMethod>((method) => typeof method === 'string' && isServerRequest(method)),
  /** Its number within the call. */
  request: count,
  /** Of what the client was shown. */
  shown: z.custom<JsonObject>((shown) => typeof shown === 'object' && shown !== null),
});

/** A call between two rounds: all that any gateway needs to go on with it, sealed and carried by its client. */
const suspendedCall = z.strictObject({
  callId: z.string(),
  gateway: z.strictObject({ boot: z.string(), counter: count }),
  receivedAt: z.number(),
  deadline: z.number(),
  traceparent: z.string().nullable(),
  /** Of the call that was decided. */
  digest: z.string(),
  definition: z.string().nullable(),
  /** Answers of the upstream so far that asked for something. */
  rounds: count,
  /** Requests so far. */
  asked: count,
  /** Wall clock, milliseconds since the epoch: when the client was asked. */
  askedAt: z.number(),
  requests: z.array(askedRequest),
  /** The round in which the upstream waits for an answer, of a call that is parked at its gateway; else null. */
  parked: count.nullable(),
  /** The upstream's own; null where it gave none. */
  state: z.string().nullable(),
});

export type SuspendedCall = z.infer<typeof suspendedCall>;
export type AskedRequest = SuspendedCall['requests'][number];

/** Null for what another version of us wrote. */
export function readSuspendedCall(value: JsonObject): SuspendedCall | null {
  return suspendedCall.safeParse(value).data ?? null;
}
