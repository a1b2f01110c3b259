import type { EventData, EventType } from '@sallyport/contracts';

/** One event as it lies in a journal, with what its bytes say. */
export interface RecordedEvent<Type extends EventType = EventType> {
  readonly tenant: string;
  readonly sequence: number;
  readonly stream: string;
  readonly type: Type;
  readonly bytes: Buffer;
  readonly leaf: Buffer;
  readonly data: EventData[Type];
}

/** A row of whatever journal. */
export type RecordedRow = Pick<RecordedEvent, 'tenant' | 'sequence' | 'stream' | 'type'> & {
  readonly bytes: Uint8Array;
  readonly leaf: Uint8Array;
};

/** Reads the bytes of an event; believes what they say. */
export function recordedEvent({ tenant, sequence, stream, type, bytes, leaf }: RecordedRow): RecordedEvent {
  const { data } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { data: EventData[EventType] };
  return { tenant, sequence, stream, type, bytes: Buffer.from(bytes), leaf: Buffer.from(leaf), data };
}
