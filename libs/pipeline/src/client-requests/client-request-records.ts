import {
  type Call,
  type EventData,
  type Journal,
  type JsonObject,
  type NewEvent,
  personName,
  type SealedValue,
} from '@sallyport/contracts';
import { canonical, hmacSha256 } from '@sallyport/base';
import { commitOf, newEvent, seal, type Sealed, sealedIn } from '@sallyport/journal';
import type { RecordParts } from '../records.ts';

export interface ClientRequestRecordParts extends Pick<RecordParts, 'clock' | 'ids' | 'keys' | 'directory'> {
  readonly journal: Journal;
}

type Decided = EventData['client_request.decided'];
type Answered = EventData['client_request.answered'];
type Facts<Data> = Omit<Data, 'tenant' | 'upstream' | 'gateway' | 'shown' | 'answer'>;
export type ClientRequestFacts = Pick<Decided, 'method' | 'request' | 'bytes'>;
type SealedText = NonNullable<Decided['shown']>;

/** Writes what becomes of the requests that an upstream makes during one call, into the stream of that call. */
export interface ClientRequestRecords {
  /** @throws JournalUnavailable; then nobody was asked */
  decided(facts: Facts<Decided>, shown: JsonObject | null): Promise<void>;
  /**
   * @returns false where an answer to that request is on record already, this one's or another
   * @throws JournalUnavailable; then the upstream is told nothing
   */
  answered(facts: Facts<Answered>, answer: JsonObject | null): Promise<boolean>;
}

/** Builds it for one call. */
export function clientRequestRecords(parts: ClientRequestRecordParts, call: Call): ClientRequestRecords {
  const { tenant, upstream, gateway, callId } = call;
  const about = { tenant, upstream, gateway: { ...gateway } };

  async function commit(
    act: string,
    number: number,
    event: NewEvent,
    sealed: readonly SealedValue[],
  ): Promise<boolean> {
    const commandId = `${act}/${callId}/${number}`;
    const { status } = await parts.journal.commit(commitOf(event, { stream: `call/${callId}`, commandId, sealed }));
    return status === 'committed';
  }

  async function valuesOf(event: NewEvent, field: string, closed: Closed | null): Promise<readonly SealedValue[]> {
    if (closed === null) return [];
    const subject = await parts.directory.refOf(tenant, 'sub', personName(call.subject));
    return [sealedIn({ event, field, subject }, closed.sealed)];
  }

  const head = { source: `/gateway/${gateway.boot}`, traceparent: call.traceparent };
  return {
    async decided(facts, shown) {
      const closed = shown === null ? null : sealedText(parts, call, shown);
      const data = { ...about, ...facts, shown: closed?.text ?? null };
      const event = newEvent(parts, { ...head, type: 'client_request.decided', data });
      await commit('asked', facts.request, event, await valuesOf(event, 'client_request', closed));
    },
    async answered(facts, answer) {
      const closed = answer === null ? null : sealedText(parts, call, answer);
      const data = { ...about, ...facts, answer: closed?.text ?? null };
      const event = newEvent(parts, { ...head, type: 'client_request.answered', data });
      return commit('answered', facts.request, event, await valuesOf(event, 'client_answer', closed));
    },
  };
}

interface Closed {
  readonly text: SealedText;
  readonly sealed: Sealed;
}

/** Like the arguments of a call: a keyed digest and a commitment in the event, the value beside it. */
function sealedText(parts: ClientRequestRecordParts, { tenant }: Call, value: JsonObject): Closed {
  const text = canonical(value);
  const sealed = seal(parts, text);
  const digest = hmacSha256(parts.keys.digestKey(tenant), text);
  return { text: { digest, commitment: sealed.commitment, bytes: Buffer.byteLength(text) }, sealed };
}
