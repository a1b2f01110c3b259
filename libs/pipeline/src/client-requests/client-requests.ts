import type {
  Call,
  CallRequest,
  ClientContext,
  ClientAnswer,
  ClientRequestsConfig,
  Counters,
  JsonObject,
  Observer,
  Sanitize,
  SanitizeContext,
  ServerMessage,
} from '@sallyport/contracts';
import { jsonBytes } from '../json-bytes.ts';
import { sanitized } from '../sanitizing.ts';
import { admission } from './request-bounds.ts';
import {
  type ClientRequestFacts,
  type ClientRequestRecordParts,
  clientRequestRecords,
} from './client-request-records.ts';
import { askClient, noAnswer } from './ask-client.ts';
import { kindOf } from './kinds.ts';
import { type Given, invalid, type NotAsked, notAsked, type Reading, type RequestKind, type Shown } from './reading.ts';
import { createRefusalLog, errorOf, INTERNAL_ERROR } from './refusal-log.ts';

export interface ClientRequestParts extends ClientRequestRecordParts {
  readonly counters: Counters;
  readonly observer: Pick<Observer, 'incident'>;
  readonly sanitize: Sanitize;
  readonly granted: ClientRequestsConfig | undefined;
  /** Told of each refusal, for the operator's log. */
  readonly refused: (upstream: string, method: string, why: NotAsked) => void;
}

/** The call that an upstream is busy with, and its client. */
export interface AskingCall {
  readonly call: Call;
  readonly capabilities: CallRequest['capabilities'];
  readonly ask: ClientContext['ask'];
  readonly context: SanitizeContext;
}

type Asked = ServerMessage & Pick<ClientRequestFacts, 'method'>;

/** What an upstream asks of the client while one call of it runs. */
export interface ClientRequests {
  /** Never rejects. */
  ask(message: ServerMessage): Promise<ClientAnswer>;
  /** The call is over: nobody is asked any more, and answers that are still to come go nowhere. Never rejects. */
  close(): Promise<void>;
}

/**
 * Guards the way from an upstream to the client of one call: nothing passes that the configuration does not grant; what the
 * client is shown is on record before, and so is its answer before the upstream hears it. Most calls ask nothing, so that
 * nothing is made before the first request.
 */
export function createClientRequests(parts: ClientRequestParts, asking: AskingCall): ClientRequests {
  let opened: ClientRequests | null = null;
  let over = false;
  return {
    ask(message) {
      if (over) return Promise.resolve(errorOf(ended));
      opened ??= openRequests(parts, asking);
      return opened.ask(message);
    },
    async close() {
      over = true;
      await opened?.close();
    },
  };
}

function openRequests(parts: ClientRequestParts, asking: AskingCall): ClientRequests {
  const { clock, observer } = parts;
  const { call } = asking;
  const records = clientRequestRecords(parts, call);
  const refusals = createRefusalLog(parts, records, call);
  const admit = admission(parts, call);
  const over = new AbortController();
  const underWay = new Set<Promise<unknown>>();
  let last = 0;

  /** Everything that can refuse before anybody is asked, cheapest first. */
  async function look(message: ServerMessage, kind: RequestKind | undefined, bytes: number): Promise<Reading> {
    if (kind === undefined) return notAsked('unknown_method', 'Clients are not asked this.');
    const missing = kind.missing(message.params, parts.granted);
    if (missing !== null || parts.granted === undefined) return notGranted(call.upstream, missing ?? kind.method);
    const cannot = whyClientCannot(asking, kind.canAnswer(message.params, asking.capabilities ?? {}));
    if (cannot !== null) return notAsked('client_cannot', cannot);
    const full = await admit(parts.granted, bytes);
    if (full !== null) return full;
    const { params } = sanitized(parts.sanitize, message, asking.context);
    return kind.prepare(params, { upstream: call.upstream, granted: parts.granted });
  }

  async function handle(message: ServerMessage, request: number): Promise<ClientAnswer> {
    const kind = kindOf(message.method);
    const method: ClientRequestFacts['method'] = kind?.method ?? 'other';
    const bytes = jsonBytes(message.params);
    const reading = await look(message, kind, bytes);
    if (reading.kind === 'refused') return refusals.refuse({ method, request, bytes }, reading);
    const facts = { method, request, bytes, changes: [...reading.changes], count: 1 };
    await records.decided({ ...facts, decision: 'allow', reason: 'granted' }, reading.params);
    return put({ method, params: reading.params }, request, reading);
  }

  async function put(message: Asked, request: number, shown: Shown): Promise<ClientAnswer> {
    const started = clock.monotonic();
    const heard = await askClient(asking.ask, message, over.signal);
    const given = heard.answer === null ? { outcome: heard.outcome, result: null } : read(parts, shown, heard.answer);
    const result = over.signal.aborted ? null : given.result;
    const elapsed_us = Math.max(0, Math.round((clock.monotonic() - started) * 1000));
    const facts = { method: message.method, request, outcome: given.outcome, elapsed_us };
    await records.answered({ ...facts, given: result !== null }, result);
    return result === null || over.signal.aborted ? noAnswer(heard) : { result };
  }

  return {
    ask(message) {
      last += 1;
      const handled = handle(message, last).catch((error: unknown) => {
        observer.incident('client_request_failed', String(error));
        return failed;
      });
      underWay.add(handled);
      void handled.then(() => underWay.delete(handled));
      return handled;
    },
    async close() {
      over.abort();
      await Promise.all(underWay);
      await refusals.close();
    },
  };
}

const ended = notAsked('call_ended', 'The call is over.');
const failed: ClientAnswer = { error: { code: INTERNAL_ERROR, message: 'The request could not be passed on.' } };

/** Null where the client can be asked. */
function whyClientCannot({ ask }: AskingCall, isDeclared: boolean): string | null {
  if (!isDeclared) return 'The client of this call did not declare that it can be asked this.';
  if (ask !== null) return null;
  return 'The client of this call can not be asked: it speaks 2026-07-28, without requests to clients, or reads no event stream.';
}

/** The upstream, and the people who run it, are told what would have to be written. */
function notGranted(upstream: string, missing: string): Reading {
  return notAsked(
    'not_granted',
    `Sallyport does not pass this on. It would have to be granted: upstreams.${upstream}.client_requests, ${missing}.`,
  );
}

/** An answer as the upstream may have it. */
function read({ granted }: ClientRequestParts, shown: Shown, answer: JsonObject): Given {
  const tooLarge = jsonBytes(answer) > (granted?.max_bytes ?? 0);
  return tooLarge ? invalid : shown.read(answer);
}
