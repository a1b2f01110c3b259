import { type CommitReply, commitReplySchema, type Committed, type Release, releaseSchema } from '@sallyport/contracts';
import { read } from './messages.ts';

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
  const reply = read(commitReplySchema, text);
  return reply === null ? null : unprinted(reply);
}

function unprinted(answer: CommitReply): CommitAnswer {
  if (answer.status !== 'duplicate') return answer;
  const events = answer.events.map((event) => ({ ...event, bytes: bytes(event.bytes), leaf: bytes(event.leaf) }));
  return { status: 'duplicate', events };
}

/** Reads the text of a release that anybody may have written; null for what is none. */
export function readRelease(text: string): Release | null {
  return read(releaseSchema, text);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'base64');
}
