import { parseExact } from '@sallyport/strict-json';

/** Largest message: the arguments of one request (1 MiB), quoted twice, and what goes with them. */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** More than the walk has signers. */
const maxStamps = 8;
const maxName = 128;

/** What one signer says: its verdicts as the JSON text that is signed, and the MAC. */
export interface Stamp {
  readonly by: string;
  readonly verdicts: string;
  readonly mac: string;
}

/**
 * The members of each kind of message. What is signed travels as the text that was signed (`body`, `verdicts`), so that
 * nobody has to print it the same way again.
 */
const shapes = {
  /** A call on its walk. `until`: the broker's clock, milliseconds; nobody waits longer. `body`: the envelope without verdicts. */
  call: { lane: isCount, inbox: isCount, until: isTime, body: isText, stamps: isStamps },
  /** Nobody waits for this call any more. `body`: the envelope without verdicts; `verdicts`: those of the gateway. */
  expire: { boot: isName, reason: isName, body: isText, verdicts: isText, mac: isName },
  /** A gateway has something written. `body`: the commit. */
  commit: { id: isName, boot: isName, inbox: isCount, body: isText, mac: isName },
  /** A gateway refused what came to its inbox. */
  notice: { boot: isName, reason: isName, call: isNameOrNull, count: isCount, mac: isName },
  /** Through the whole ring. */
  ping: { id: isName, boot: isName, inbox: isCount, mac: isName },
  /** From a process to itself. */
  echo: { id: isName, instance: isName },
  /** A gateway has every program read its files again; goes through the whole ring, on every lane. */
  reload: { lane: isCount, id: isName, boot: isName, inbox: isCount, mac: isName },
  /** What came of it in a station. `ask`: the gateway's own MAC; `body`: the report. */
  report: { id: isName, boot: isName, inbox: isCount, ask: isName, by: isName, body: isText, mac: isName },
  /** The same to the gateway, by audit. */
  reported: { id: isName, boot: isName, body: isText, mac: isName },
  /** Audit's answer to a call. `body`: the release. */
  release: { body: isText, mac: isName },
  /** Audit's answer to a commit. */
  answer: { id: isName, boot: isName, body: isText, mac: isName },
  /** Audit's answer to a ping. */
  pong: { id: isName, boot: isName, mac: isName },
} as const;

type Shapes = typeof shapes;
type Kind = keyof Shapes;
type Checked<Check> = Check extends (value: unknown) => value is infer Type ? Type : never;

export type MessageOf<K extends Kind> = { readonly kind: K } & {
  readonly [Member in keyof Shapes[K]]: Checked<Shapes[K][Member]>;
};
export type Message = { [K in Kind]: MessageOf<K> }[Kind];

/** Prints a message. */
export function encode(message: Message): Buffer {
  return Buffer.from(JSON.stringify({ v: 1, ...message }));
}

/** Reads a message that anybody may have written. Null for what is none: too large, no JSON, another shape; never throws. */
export function decode(value: Uint8Array): Message | null {
  if (value.byteLength > MAX_MESSAGE_BYTES) return null;
  const read = parsed(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8'));
  return isMessage(read) ? read : null;
}

/** The value of a JSON text; undefined where it is none. */
export function parsed(text: string): unknown {
  try {
    return parseExact(text);
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Exactly the members of its kind: what nobody checks may not be there. */
function isMessage(value: unknown): value is Message {
  if (!isRecord(value) || value['v'] !== 1) return false;
  const { kind } = value;
  if (typeof kind !== 'string' || !Object.hasOwn(shapes, kind)) return false;
  const shape: Readonly<Record<string, (member: unknown) => boolean>> = shapes[kind as Kind];
  const members = Object.entries(shape);
  return Object.keys(value).length === members.length + 2 && members.every(([name, fits]) => fits(value[name]));
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed();
}

function isName(value: unknown): value is string {
  return isText(value) && value.length <= maxName;
}

function isNameOrNull(value: unknown): value is string | null {
  return value === null || isName(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0;
}

function isStamps(value: unknown): value is readonly Stamp[] {
  return Array.isArray(value) && value.length > 0 && value.length <= maxStamps && value.every(isStamp);
}

function isStamp(value: unknown): value is Stamp {
  if (!isRecord(value) || Object.keys(value).length !== 3) return false;
  return isName(value['by']) && isText(value['verdicts']) && isName(value['mac']);
}
