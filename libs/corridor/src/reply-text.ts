import type { Committed, Release, StoredEvent } from '@sallyport/contracts';
import { isRecord, parsed } from './wire.ts';

/** What audit answers to a commit: what came of it, or that it did not come to it. */
export type CommitAnswer =
  Committed | { readonly status: 'unavailable' } | { readonly status: 'refused'; readonly reason: string };

/** The text of an answer. Bytes are base64. */
export function answerText(answer: CommitAnswer): string {
  if (answer.status !== 'duplicate') return JSON.stringify(answer);
  const events = answer.events.map((event) => ({ ...event, bytes: base64(event.bytes), leaf: base64(event.leaf) }));
  return JSON.stringify({ status: 'duplicate', events });
}

/** Reads the text of an answer that audit signed; null for what is none. */
export function readAnswer(text: string): CommitAnswer | null {
  const value = parsed(text);
  return isPrinted(value) ? unprinted(value) : null;
}

type Printed =
  | Exclude<CommitAnswer, { status: 'duplicate' }>
  | { readonly status: 'duplicate'; readonly events: readonly PrintedEvent[] };
type PrintedEvent = Omit<StoredEvent, 'bytes' | 'leaf'> & { readonly bytes: string; readonly leaf: string };

const statuses: ReadonlySet<unknown> = new Set<Printed['status']>([
  'committed',
  'duplicate',
  'conflict',
  'unavailable',
  'refused',
]);

/** By its status: what is within is as sound as the key that signed it. */
function isPrinted(value: unknown): value is Printed {
  return isRecord(value) && statuses.has(value['status']);
}

function unprinted(answer: Printed): CommitAnswer {
  if (answer.status !== 'duplicate') return answer;
  const events = answer.events.map((event) => ({ ...event, bytes: bytes(event.bytes), leaf: bytes(event.leaf) }));
  return { status: 'duplicate', events };
}

/** Reads the text of a release that anybody may have written; null for what is none. */
export function readRelease(text: string): Release | null {
  const value = parsed(text);
  return isRelease(value) ? value : null;
}

function isRelease(value: unknown): value is Release {
  if (!isRecord(value) || !isRecord(value['decision'])) return false;
  const { callId, boot, digest, position, decision } = value;
  if (![callId, boot, digest, decision['reason']].every((text) => typeof text === 'string')) return false;
  if (position !== null && !Number.isSafeInteger(position)) return false;
  return ['allow', 'deny', 'hold'].includes(String(decision['effect']));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'base64');
}
