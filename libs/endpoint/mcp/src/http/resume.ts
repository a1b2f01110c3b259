import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { errorCodes, errorText } from '@sallyport/mcp';
import type { PassedOn } from '../protocol/passed-on.ts';
import { type LegacySession, type SessionName, subjectKey } from '../protocol/sessions.ts';
import { type EventId, readEventId } from './event-ids.ts';
import type { EventLogs, SentEvent } from './event-log.ts';
import { beginEvents, eventText } from './http-reply.ts';
import type { DispatchParts } from './incoming.ts';

/** Where a client of a session was in the stream of a request when it lost it. */
export interface Lost {
  readonly last: EventId;
  readonly session: LegacySession;
}

/** Milliseconds between looks for more at another gateway. */
const LOOK_MS = 500;
/** Characters of events that one gateway tells another at once; one event may be longer. */
const MOST_TOLD = 262_144;

/**
 * Goes on with the stream of a request (2025-11-25, Streamable HTTP, resumability): what came after that event as it was sent, and
 * what still comes, from the gateway that has it. Nothing is done again; where the answer is not kept, the client is told so as
 * the answer to its request.
 */
export async function resume(parts: DispatchParts, lost: Lost, response: ServerResponse): Promise<void> {
  const { logs, lost: places } = parts;
  const { last, session } = lost;
  const log = logs.find(last, session);
  if (log?.live) return log.live.resume(response, last.at);
  beginEvents(response);
  if (log !== undefined) {
    for (const event of log.after(last.at)) response.write(eventText(event));
    return void response.end();
  }
  const leave = last.place === logs.place ? null : places.take(subjectKey(session.principal));
  if (leave === null) return void response.end(lostText(last));
  try {
    await follow(parts, lost, response);
  } finally {
    leave();
  }
}

/** Asks the gateway that has the stream for more, until its answer is there. */
async function follow(parts: DispatchParts, { last, session }: Lost, response: ServerResponse): Promise<void> {
  const { stopping } = parts.serving;
  let place: Place = last;
  while (!response.destroyed && !stopping.aborted) {
    const more = await ask(parts.passedOn, session, place);
    if (more === null) return void response.end(lostText(last));
    for (const event of more.events) response.write(eventText(event));
    if (more.isOver) break;
    if (more.events.length === 0) await sleep(LOOK_MS, undefined, { ref: false });
    place = more.place;
  }
  response.end();
}

/** Where in a stream of another gateway we are; `from` once it is known which one has it. */
type Place = Pick<EventId, 'place' | 'stream' | 'at'> & { readonly from?: number };

async function ask(passedOn: PassedOn, session: LegacySession, { from, place, stream, at }: Place) {
  const told = await passedOn.ask(session, { place, stream, at }, from);
  const events = eventsIn(told?.says['events']);
  if (told === null || events === null) return null;
  const last = readEventId(events.at(-1)?.id)?.at ?? at;
  return { events, isOver: told.says['isOver'] === true, place: { place, stream, at: last, from: told.from } };
}

function eventsIn(value: JsonValue | undefined): SentEvent[] | null {
  if (!Array.isArray(value)) return null;
  return value.flatMap((event) => {
    const { id, text } = isObject(event) ? event : {};
    return typeof id === 'string' && typeof text === 'string' ? [{ id, text }] : [];
  });
}

/** Tells other gateways what they ask of the streams of this one. */
export function tellOthers(passedOn: Pick<PassedOn, 'answerWith'>, logs: EventLogs): void {
  passedOn.answerWith((session: SessionName, { place, stream, at }): JsonObject | null => {
    if (typeof place !== 'string' || typeof stream !== 'string' || typeof at !== 'number') return null;
    const log = logs.find({ place, stream }, session);
    if (log === undefined) return null;
    log.live?.seen();
    const more = log.after(at);
    const told = firstOf(more);
    const events = told.map(({ id, text }) => ({ id, text }));
    return { events, isOver: log.live === null && told.length === more.length };
  });
}

function firstOf(events: readonly SentEvent[]): readonly SentEvent[] {
  let size = 0;
  const beyond = events.findIndex(({ text }, at) => (size += text.length) > MOST_TOLD && at > 0);
  return beyond < 0 ? events : events.slice(0, beyond);
}

function lostText({ request }: EventId): string {
  return request === null ? '' : eventText({ text: errorText(request, notKept) });
}

const notKept = {
  code: errorCodes.internal,
  message:
    'The answer to this request is not kept any more (it was a minute ago, it is large, or its gateway is gone), so a call may have been carried out. Look whether it was before you call again.',
};
