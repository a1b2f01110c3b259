import type { Clock, EventData, EventType, Ids, NewEvent } from '@sallyport/contracts';

/** What makes an event: the writer's clock, and ids. */
export interface EventParts {
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: Pick<Ids, 'ulid'>;
}

/** What its writer says of an event. */
export interface EventFacts<Type extends EventType = EventType> {
  readonly type: Type;
  /** `/gateway/<boot>`, `/audit`, `/admin`. */
  readonly source: string;
  /** Of the call that it belongs to. */
  readonly traceparent?: string | null;
  readonly data: EventData[Type];
  /** Of an event that may be written more than once, and stands once. A new one if absent. */
  readonly id?: string;
  /** Milliseconds since the epoch, where something was decided over a time: that one is recorded. Now if absent. */
  readonly at?: number;
}

/** Builds an event, for a commit. */
export function newEvent<Type extends EventType>(
  { clock, ids }: EventParts,
  { type, source, traceparent = null, data, id = ids.ulid(), at = clock.now() }: EventFacts<Type>,
): NewEvent<Type> {
  return { id, time: timeText(at), type, source, traceparent, data };
}

let lastMs = Number.NaN;
let lastText = '';

/** RFC 3339 with milliseconds. Many events share one, and making the text costs more than all else in an event's head. */
function timeText(at: number): string {
  const ms = Math.floor(at);
  if (ms !== lastMs) lastText = new Date(ms).toISOString();
  lastMs = ms;
  return lastText;
}
