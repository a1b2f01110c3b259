import { canonical, type JsonValue, parseExact } from '@sallyport/base';
import { CommitRefused } from '@sallyport/contracts';

/** What an event says of itself before it has a place in a log. `data` must be plain JSON: no undefined members. */
export interface CloudEventSource {
  readonly id: string;
  /** `call.decided`; becomes `dev.sallyport.call.decided.v1`. */
  readonly type: string;
  /** RFC 3339 with milliseconds. */
  readonly time: string;
  readonly source: string;
  readonly traceparent: string | null;
  readonly data: object;
}

/** The canonical text of an event, cut where its sequence number goes. */
export interface CloudEventText {
  readonly head: string;
  readonly tail: string;
}

const SEQUENCE_DIGITS = 18;
/** 60 KiB: readers of a log, and proofs over it, count on it. What makes events sees to it that they stay below. */
const MOST_BYTES = 61_440;

/**
 * Prints an event as a structured CloudEvent 1.0 in canonical JSON (RFC 8785), all but its sequence: members are sorted,
 * so everything before and after the sequence is known before the log gives the event its place.
 *
 * @param options.stream becomes `subject`
 * @returns `head + sequenceText(n) + tail` is the whole event
 * @throws CanonicalError if `data` is not plain JSON, CommitRefused if the event is larger than any may be
 */
export function cloudEvent(event: CloudEventSource, { stream }: { readonly stream: string }): CloudEventText {
  const { id, type, time, source, traceparent } = event;
  const data = canonical(event.data as JsonValue);
  const { schema, name } = typeTexts(type);
  const trace = traceparent === null ? '' : `,"traceparent":${canonical(traceparent)}`;
  const text = {
    head: `{"data":${data},"datacontenttype":"application/json","dataschema":${schema},"id":${canonical(id)},"sequence":"`,
    tail:
      `","source":${canonical(source)},"specversion":"1.0","subject":${canonical(stream)},` +
      `"time":${canonical(time)}${trace},"type":${name}}`,
  };
  if (!fits(text)) throw new CommitRefused(`An event ${type} above ${MOST_BYTES} bytes is not recorded.`);
  return text;
}

/** No letter takes more than three bytes: most events need not be measured. */
function fits({ head, tail }: CloudEventText): boolean {
  const letters = head.length + tail.length + SEQUENCE_DIGITS;
  return letters * 3 <= MOST_BYTES || Buffer.byteLength(head) + Buffer.byteLength(tail) + SEQUENCE_DIGITS <= MOST_BYTES;
}

interface TypeTexts {
  readonly schema: string;
  readonly name: string;
}

/** By type of event. There are a few dozen types. */
const types = new Map<string, TypeTexts>();

function typeTexts(type: string): TypeTexts {
  const known = types.get(type);
  if (known) return known;
  const made = {
    schema: canonical(`https://sallyport.dev/schemas/${type}.v1.json`),
    name: canonical(`dev.sallyport.${type}.v1`),
  };
  types.set(type, made);
  return made;
}

/** What a reader of the log needs of a stored event. `data` is as the writer of that type of event left it. */
export type CloudEvent<Data> = { readonly id: string; readonly time: string; readonly data: Data };

/**
 * Reads an event back that `cloudEvent` printed. The bytes are the log's own, so that they are taken at their word; who
 * doesn't trust them takes `CloudEvent<unknown>` and checks.
 *
 * @throws SyntaxError for bytes that are no JSON: the log is broken
 */
export function readCloudEvent<Data>(bytes: Uint8Array): CloudEvent<Data> {
  const { buffer, byteOffset, byteLength } = bytes;
  return parseExact(Buffer.from(buffer, byteOffset, byteLength).toString('utf8')) as object as CloudEvent<Data>;
}

/** A sequence number as events carry it: 18 digits, so that text order is number order. */
export function sequenceText(sequence: number): string {
  return String(sequence).padStart(SEQUENCE_DIGITS, '0');
}
