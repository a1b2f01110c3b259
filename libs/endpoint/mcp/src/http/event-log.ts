import type { ServerResponse } from 'node:http';
import type { Ids } from '@sallyport/contracts';
import type { RpcId } from '@sallyport/mcp';
import type { LegacySession, SessionName } from '../protocol/sessions.ts';
import { type EventId, printEventId } from './event-ids.ts';

/** One event as it was sent. */
export interface SentEvent {
  readonly id: string;
  readonly text: string;
}

/** What a stream that still goes on is taken up by. */
export interface LiveStream {
  /** Sends what came after an event, and what still comes, by another response. */
  resume(response: ServerResponse, after: number): void;
  /** Its client follows it at another gateway. */
  seen(): void;
}

/** The events of the stream of one request. */
export interface EventLog {
  /** The id of the event before all others. */
  readonly first: string;
  /** Null once the answer is there. */
  readonly live: LiveStream | null;
  add(text: string): SentEvent;
  /** Adds the answer. It is kept for a short time. */
  end(text: string): SentEvent;
  after(at: number): readonly SentEvent[];
}

export interface EventLogs {
  /** The process, in the ids of its events. */
  readonly place: string;
  open(session: LegacySession, request: RpcId, live: LiveStream): EventLog;
  /** The log of that very session; undefined where there is none, or not any more. */
  find(id: Pick<EventId, 'place' | 'stream'>, session: SessionName): EventLog | undefined;
}

export interface EventLogBounds {
  /** Of one holder. */
  readonly own: Bound;
  readonly all: Bound;
}

interface Bound {
  readonly streams: number;
  /** Characters. */
  readonly size: number;
}

const usual: EventLogBounds = { own: { streams: 64, size: 2_097_152 }, all: { streams: 4_096, size: 33_554_432 } };
/** What one stream says before its answer. The oldest are left out. */
const MOST_BEFORE = 262_144;
/** Milliseconds that an answer waits for a client to come back. */
const KEPT_MS = 60_000;

/**
 * What was sent on event streams lately, as it was sent: nothing is made again for a client that comes back, and no call is. Beyond
 * the bounds the streams that began first are forgotten, those of the same holder before others; their calls go on.
 */
export function createEventLogs(ids: Ids, { own, all }: EventLogBounds = usual): EventLogs {
  const place = ids.random(6);
  const logs = new Map<string, Log>();
  const holders = new Map<string, Group>();
  const total: Group = { logs: new Set(), size: 0 };

  function open(session: LegacySession, request: RpcId, live: LiveStream): EventLog {
    const log = new Log({ place, stream: ids.random(16), request, session, live, grown, forget });
    logs.set(log.stream, log);
    for (const group of groupsOf(log)) group.logs.add(log);
    grown(log, 0);
    return log;
  }

  function groupsOf({ session: { holder } }: Log): readonly [Group, Group] {
    const group = holders.get(holder) ?? { logs: new Set(), size: 0 };
    holders.set(holder, group);
    return [group, total];
  }

  function grown(log: Log, by: number): void {
    const groups = groupsOf(log);
    const [group] = groups;
    for (const one of groups) one.size += by;
    if (log.size > own.size) forget(log);
    for (const one of oldestBeyond(group, own)) forget(one);
    for (const one of oldestBeyond(total, all)) forget(one);
  }

  function forget(log: Log): void {
    if (!logs.delete(log.stream)) return;
    const groups = groupsOf(log);
    for (const one of groups) {
      one.logs.delete(log);
      one.size -= log.size;
    }
    if (groups[0].logs.size === 0) holders.delete(log.session.holder);
    log.forget();
  }

  return {
    place,
    open,
    find({ stream, place: whose }, { sealed, holder }) {
      const log = whose === place ? logs.get(stream) : undefined;
      return log?.session.sealed === sealed && log.session.holder === holder ? log : undefined;
    },
  };
}

interface Group {
  readonly logs: Set<Log>;
  size: number;
}

/** Those that began first, one by one while there are too many. */
function* oldestBeyond(group: Group, { streams, size }: Bound): Iterable<Log> {
  for (const log of group.logs) {
    if (group.logs.size <= streams && group.size <= size) return;
    yield log;
  }
}

interface LogParts extends Omit<EventId, 'at'> {
  readonly session: SessionName;
  readonly live: LiveStream;
  readonly grown: (log: Log, by: number) => void;
  readonly forget: (log: Log) => void;
}

class Log implements EventLog {
  readonly session: SessionName;
  readonly stream: string;
  readonly first: string;
  live: LiveStream | null;
  /** Characters that are kept. */
  size = 0;
  readonly #parts: LogParts;
  #events: (SentEvent & { readonly at: number })[] = [];
  #at = 0;
  #isKept = true;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: LogParts) {
    const { sealed, id, holder } = parts.session;
    this.#parts = parts;
    this.session = { sealed, id, holder };
    this.stream = parts.stream;
    this.live = parts.live;
    this.first = printEventId({ ...parts, at: 0 });
  }

  add(text: string): SentEvent {
    const before = this.size;
    const event = this.#push(text);
    while (this.size > MOST_BEFORE) this.size -= this.#events.shift()?.text.length ?? this.size;
    if (this.#isKept) this.#parts.grown(this, this.size - before);
    return event;
  }

  end(text: string): SentEvent {
    this.live = null;
    const event = this.#push(text);
    if (!this.#isKept) return event;
    this.#timer = setTimeout(this.#parts.forget, KEPT_MS, this).unref();
    this.#parts.grown(this, text.length);
    return event;
  }

  after(at: number): readonly SentEvent[] {
    return this.#events.filter((event) => event.at > at);
  }

  /** Nothing is kept any more. */
  forget(): void {
    clearTimeout(this.#timer);
    this.#isKept = false;
    this.#events = [];
    this.live = null;
  }

  #push(text: string): SentEvent {
    this.#at += 1;
    const event = { id: printEventId({ ...this.#parts, at: this.#at }), text, at: this.#at };
    if (!this.#isKept) return event;
    this.#events.push(event);
    this.size += text.length;
    return event;
  }
}
