/**
 * What passes between the two threads. Short tuples of strings and numbers, many to a message: copying them costs less
 * than objects, and all text is made before it gets here.
 */
export type EventRow = readonly [id: string, type: string, head: string, tail: string];
/** -1 stands for any version. */
export type WriteRow = readonly [stream: string, expectedVersion: number, events: readonly EventRow[]];
export type NewSealedRow = readonly [
  event: string,
  field: string,
  salt: string,
  value: string,
  subject: string,
  key: string | null,
];
export type SealedRow = readonly [
  field: string,
  salt: string,
  value: string,
  subject: string | null,
  key: string | null,
  wrapped: string | null,
];
export type CommitRequest = readonly [
  kind: 'commit',
  tenant: string,
  commandId: string,
  writes: readonly WriteRow[],
  sealed: readonly NewSealedRow[],
  erases: readonly string[],
];
export type RefRequest = readonly [kind: 'ref', tenant: string, subject: string, name: string, created: string];
/** Of a text, with its digest. */
export type KeepRequest = readonly [kind: 'keep', digest: string, text: string];
/** Of a subject's wrapped key. */
export type KeyRequest = readonly [kind: 'key', tenant: string, subject: string, offered: string];
/** Of what is kept of sign-ins; of all names for null. */
export type ConnectionsRequest = readonly [kind: 'connections', tenant: string, name: string | null];
/** Of what is kept under a name, where another text stood; null for none. */
export type ReplaceRequest = readonly [
  kind: 'replace',
  tenant: string,
  name: string,
  expected: string | null,
  sealed: string | null,
];
export type WriteRequest = CommitRequest | RefRequest | KeepRequest | KeyRequest | ReplaceRequest;

export type ReadRequest =
  | readonly [kind: 'stream', tenant: string, stream: string]
  | readonly [kind: 'all', tenant: string, after: number, limit: number, streams: string | null]
  | readonly [kind: 'vault', tenant: string, event: string]
  | readonly [kind: 'name', tenant: string, ref: string]
  | readonly [kind: 'find', digest: string]
  | readonly [kind: 'found', tenant: string, of: string, name: string]
  | readonly [kind: 'kept', tenant: string, subject: string]
  | ConnectionsRequest
  | readonly [kind: 'tenants'];

export type Request = WriteRequest | ReadRequest | readonly [kind: 'close'];

export type StoredRow = readonly [
  sequence: number,
  stream: string,
  version: number,
  id: string,
  type: string,
  bytes: Uint8Array,
  leaf: Uint8Array,
];

/** Replies come in the order of the requests. A bare number is the sequence of a commit's first event. */
export type Reply =
  | number
  | readonly [kind: 'duplicate', events: readonly StoredRow[]]
  | readonly [kind: 'conflict', stream: string, version: number]
  | readonly [kind: 'events', events: readonly StoredRow[]]
  | readonly [kind: 'sealed', values: readonly SealedRow[]]
  | readonly [kind: 'text', text: string | null]
  | readonly [kind: 'pairs', pairs: readonly (readonly [name: string, text: string])[]]
  | readonly [kind: 'replaced', replaced: boolean]
  | readonly [kind: 'failed', message: string]
  | readonly [kind: 'closed'];

/** What the worker says once, when it has opened the journal or could not. */
export type Opening =
  | { readonly status: 'open' }
  | { readonly status: 'locked'; readonly pid: number | null }
  | { readonly status: 'too_new'; readonly found: number; readonly known: number }
  | { readonly status: 'damaged'; readonly detail: string }
  | { readonly status: 'failed'; readonly message: string };

export interface WorkerOptions {
  readonly directory: string;
  readonly maxBytes: number | null;
}
