import {
  type AskedRequest,
  type Call,
  type CallRequest,
  type ClientAnswer,
  type ClientContext,
  type ClientRequestsConfig,
  type Counters,
  type JsonObject,
  type Observer,
  type RefusedAsk,
  type Sanitize,
  type SanitizeContext,
  type ServerMessage,
} from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { jsonBytes } from '../json-bytes.ts';
import { sanitized } from '../sanitizing.ts';
import { askClient, noAnswer } from './ask-client.ts';
import { type ClientRequestRecordParts, clientRequestRecords } from './client-request-records.ts';
import type { Asked } from './judge-request.ts';
import { kindOf } from './kinds.ts';
import { type Given, invalid, type NotAsked, notAsked, type Reading, type RequestKind, type Shown } from './reading.ts';
import { createRefusalLog } from './refusal-log.ts';
import { admission } from './request-bounds.ts';

export interface ClientRequestParts extends ClientRequestRecordParts {
  readonly counters: Counters;
  readonly observer: Pick<Observer, 'incident'>;
  readonly sanitize: Sanitize;
  readonly granted: ClientRequestsConfig | undefined;
  /** What policies say of a request that is granted; null where none forbids it. */
  readonly judge: (asked: Asked) => NotAsked | null;
  /** Told of each refusal, for the operator's log. */
  readonly refused: (upstream: string, method: string, why: NotAsked) => void;
}

/** The call that an upstream is busy with, and its client. */
export interface AskingCall {
  readonly call: Call;
  readonly capabilities: CallRequest['capabilities'];
  readonly ask: ClientContext['ask'];
  readonly comesBack?: ClientContext['comesBack'];
  /** Takes a place for a call whose client comes back; false where there is none. Absent where it needs none. */
  readonly park?: () => boolean;
  readonly context: SanitizeContext;
  /** Requests of the call in earlier rounds. */
  readonly before?: number;
}

/** A request that may be put before the client. */
export interface Granted {
  readonly kind: RequestKind;
  /** Its number within the call. */
  readonly request: number;
  readonly bytes: number;
  readonly shown: Shown;
}

/** The way of one request, step by step. Each step throws JournalUnavailable where it can't be recorded, and then nobody hears of it. */
export interface OneRequest {
  /** Requests of the call so far. */
  count(): number;
  /**
   * Looks at the next one. A refusal is on record.
   *
   * @param isInAnswer whether it came as the answer to the call, so that the client need not wait for it
   */
  next(message: ServerMessage, isInAnswer?: boolean): Promise<Granted | NotAsked>;
  record(granted: Granted): Promise<void>;
  /** Puts it before a client that waits, and records the answer. */
  put(granted: Granted): Promise<ClientAnswer>;
  /**
   * Records what a client that came back says to it, for the upstream where `give` is true.
   *
   * @returns what the upstream is given; `answered before` where an answer is on record already
   */
  take(
    asked: AskedRequest & { readonly elapsedUs: number },
    answer: unknown,
    give: boolean,
  ): Promise<JsonObject | null | 'answered before'>;
  /** What was refused, each kind once. */
  refused(): readonly RefusedAsk[];
  /** Writes what was only counted. Never rejects. */
  close(): Promise<void>;
}

interface Arrival {
  readonly request: number;
  readonly bytes: number;
  /** Whether the client can be asked at all. */
  readonly isReached: boolean;
  readonly isInAnswer: boolean;
}

/** @param over aborted when the call is over */
export function oneRequest(parts: ClientRequestParts, asking: AskingCall, over: AbortSignal): OneRequest {
  const { clock } = parts;
  const { call, before = 0 } = asking;
  const records = clientRequestRecords(parts, call);
  const refusals = createRefusalLog(parts, records, call);
  const look = looking(parts, asking);
  let last = before;

  /** An answer as the upstream may have it. */
  function read(kind: RequestKind, shown: JsonObject, answer: JsonObject): Given {
    const tooLarge = jsonBytes(answer) > (parts.granted?.max_bytes ?? 0);
    return tooLarge ? invalid : kind.read(shown, answer);
  }

  const elapsedSince = (started: number): number => Math.max(0, Math.round((clock.monotonic() - started) * 1000));

  return {
    count: () => last,
    async next(message, isInAnswer = false) {
      const request = (last += 1);
      const kind = kindOf(message.method);
      const bytes = jsonBytes(message.params);
      const isReached = asking.ask !== null || (isInAnswer && asking.comesBack === true);
      const shown =
        kind === undefined ? unknownMethod : await look(message, kind, { request, bytes, isReached, isInAnswer });
      if (kind !== undefined && shown.kind === 'shown') return { kind, request, bytes, shown };
      const refused = shown.kind === 'refused' ? shown : unknownMethod;
      await refusals.refuse({ method: kind?.method ?? 'other', request, bytes }, refused);
      return refused;
    },
    async record({ kind, request, bytes, shown }) {
      const facts = { method: kind.method, request, bytes, changes: [...shown.changes], count: 1 };
      await records.decided({ ...facts, decision: 'allow', reason: 'granted' }, shown.params);
    },
    async put({ kind, request, shown }) {
      const { method } = kind;
      const started = clock.monotonic();
      const heard = await askClient(asking.ask, { method, params: shown.params }, over);
      const given =
        heard.answer === null ? { outcome: heard.outcome, result: null } : read(kind, shown.params, heard.answer);
      const result = over.aborted ? null : given.result;
      await records.answered(
        { method, request, outcome: given.outcome, given: result !== null, elapsed_us: elapsedSince(started) },
        result,
      );
      return result === null || over.aborted ? noAnswer(heard) : { result };
    },
    async take({ method, request, shown, elapsedUs: elapsed_us }, answer, give) {
      const kind = kindOf(method);
      const said = kind !== undefined && isObject(answer) ? read(kind, shown, answer) : unanswered;
      const result = give ? said.result : null;
      const facts = { method, request, outcome: said.outcome, given: result !== null, elapsed_us };
      return (await records.answered(facts, result)) ? result : 'answered before';
    },
    refused: () => refusals.all(),
    close: () => refusals.close(),
  };
}

const FULL = 'Too many calls of this client wait for it to come back. Try again when some of them are over.';

/** Everything that can refuse before anybody is asked, cheapest first. */
function looking(parts: ClientRequestParts, asking: AskingCall) {
  const { upstream, callId } = asking.call;
  const admit = admission(parts, asking.call, asking.before ?? 0);
  return async function look(message: ServerMessage, kind: RequestKind, arrival: Arrival): Promise<Reading> {
    const { granted } = parts;
    const missing = kind.missing(message.params, granted);
    if (missing !== null || granted === undefined) return notGranted(upstream, missing ?? kind.method);
    const isDeclared = kind.canAnswer(message.params, asking.capabilities ?? {});
    const cannot = whyClientCannot(asking, { ...arrival, isDeclared });
    if (cannot !== null) return cannot;
    const full = await admit(granted, arrival.bytes);
    if (full !== null) return full;
    const { params } = sanitized(parts.sanitize, message, asking.context);
    const own = arrival.isInAnswer ? { elicitationId: `${callId}-${arrival.request}` } : {};
    const reading = kind.prepare(params, { upstream, granted, ...own });
    if (reading.kind === 'refused') return reading;
    const { call, context } = asking;
    return parts.judge({ call, tool: context.tool, method: kind.method, params: reading.params }) ?? reading;
  };
}

const unanswered = { outcome: 'unanswered', result: null } as const;
const unknownMethod = notAsked('unknown_method', 'Clients are not asked this.');

/** Null where the client can be asked. */
function whyClientCannot(
  { park }: AskingCall,
  { isDeclared, isReached, isInAnswer }: Omit<Arrival, 'request' | 'bytes'> & { readonly isDeclared: boolean },
): NotAsked | null {
  if (!isDeclared)
    return notAsked('client_cannot', 'The client of this call did not declare that it can be asked this.');
  if (!isReached)
    return notAsked('client_cannot', 'The client of this call can not be asked: it reads no event stream.');
  return !isInAnswer && park?.() === false ? notAsked('too_many', FULL) : null;
}

/** The upstream, and the people who run it, are told what would have to be written. */
function notGranted(upstream: string, missing: string): Reading {
  return notAsked(
    'not_granted',
    `Sallyport does not pass this on. It would have to be granted: upstreams.${upstream}.client_requests, ${missing}.`,
  );
}
