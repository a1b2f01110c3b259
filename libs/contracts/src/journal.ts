import type { Digest } from './call.ts';
import type { EventData, EventType } from './events/index.ts';

/** One event before it has a place in the log. `data` is plain JSON without personal or argument values. */
export interface NewEvent<Type extends EventType = EventType> {
  /** ULID. */
  readonly id: string;
  readonly type: Type;
  /** RFC 3339 with milliseconds, by audit's clock. */
  readonly time: string;
  /** `/gateway/<boot>`, `/audit`, `/admin`. */
  readonly source: string;
  readonly traceparent: string | null;
  readonly data: EventData[Type];
}

export interface Write {
  /** `call/<id>`, `approval/<id>`, `policy/<tenant>`, `definition/<upstream>/<tool>`, `tenant/<id>`. */
  readonly stream: string;
  /** Number of events that the stream must hold now; `any` skips the check. */
  readonly expectedVersion: number | 'any';
  readonly events: readonly NewEvent[];
}

/** A personal or argument value that an event only commits to. Kept in a side table, written in the same commit. */
export interface SealedValue {
  /** Id of the event that holds the commitment. */
  readonly event: string;
  /** `arguments`, `facts`, `ask`, `client_request`, `client_answer`. */
  readonly field: string;
  /** Pseudonym of the person under whose key it is kept: who called. */
  readonly subject: string;
  /** 32 random bytes, base64url. */
  readonly salt: string;
  readonly value: string;
  /** Names the key that it lies under; only where a store is given it enciphered. */
  readonly key?: string;
}

export interface Commit {
  readonly tenant: string;
  /** The first commit with this id wins; a later one is answered with what the first wrote. */
  readonly commandId: string;
  readonly writes: readonly Write[];
  readonly sealed?: readonly SealedValue[];
  /**
   * Pseudonyms that are erased with it: the key of each and the name. What lies under a key that is gone never opens again, and
   * what an earlier release left without the name of its key is deleted.
   */
  readonly erases?: readonly string[];
}

/** An event in its place. `bytes` is the canonical CloudEvent exactly as stored and hashed. */
export interface StoredEvent {
  /** Gapless per tenant, from 1. */
  readonly sequence: number;
  readonly tenant: string;
  readonly stream: string;
  /** Position in the stream, from 1. */
  readonly version: number;
  readonly id: string;
  readonly type: EventType;
  readonly bytes: Uint8Array;
  /** RFC 6962 leaf hash of `bytes`. */
  readonly leaf: Uint8Array;
}

export type Committed =
  | { readonly status: 'committed'; /** Sequence of the first event. */ readonly first: number }
  | { readonly status: 'duplicate'; readonly events: readonly StoredEvent[] }
  | { readonly status: 'conflict'; readonly stream: string; readonly version: number };

/** Thrown when nothing could be made durable: disk full, closed, directory gone. The caller refuses. */
export class JournalUnavailable extends Error {
  readonly code = 'journal_unavailable';
}

/** Thrown when the writer will never write this commit: asking again would change nothing. */
export class CommitRefused extends Error {
  readonly code = 'commit_refused';
}

export interface ReadOptions {
  readonly after: number;
  readonly limit: number;
  /** Only streams of this kind, which is what stands before the slash: `approval`, `call`, `tenant`. */
  readonly kind?: string;
}

/**
 * The event store: append-only, atomic over several streams, idempotent on `commandId`, durable before it answers.
 * Nothing else writes. Throws `JournalUnavailable`, and then nothing of the commit is in the log, or (a lost answer)
 * all of it is: asking again with the same `commandId` tells.
 */
export interface Journal {
  commit(commit: Commit): Promise<Committed>;
  readStream(tenant: string, stream: string): Promise<readonly StoredEvent[]>;
  /** Events of a tenant after a sequence, oldest first, at most `limit`. */
  readAll(tenant: string, options: ReadOptions): Promise<readonly StoredEvent[]>;
}

/** Reads the side table. Only for people who may see values (approvers, the operator's `explain`). */
export interface Vault {
  open(tenant: string, event: string): Promise<readonly SealedValue[]>;
}

/** A sealed value as its table holds it: salt and value are one ciphertext, except in rows of an earlier release. */
export interface SealedRow extends Omit<SealedValue, 'subject' | 'key'> {
  /** Null where an earlier release wrote the row and no event says whose it is. */
  readonly subject: string | null;
  /** Names the key that it lies under. Null in rows of an earlier release, which an erasure deletes. */
  readonly key: string | null;
  /** The key that its subject has now, wrapped; null where there is none, or none any more. */
  readonly wrapped: string | null;
}

/** Sealed values and the wrapped keys that they are under, as a store keeps them. */
export interface SealedTable {
  read(tenant: string, event: string): Promise<readonly SealedRow[]>;
  /** The wrapped key of a subject, where it has none the one that is offered. Durable before it answers. */
  keyOf(tenant: string, subject: string, offer: () => Promise<string>): string | Promise<string>;
}

/** Wraps the keys of subjects by a key of their tenant, which a file, or a key service, has outside the journal. */
export interface KeyWrap {
  wrap(tenant: string, subject: string, key: Buffer): Promise<string>;
  /** @throws KeyLost */
  unwrap(tenant: string, subject: string, wrapped: string): Promise<Buffer>;
}

/** Thrown where what is sealed can't be opened, although it was not erased. The message says which secret to restore. */
export class KeyLost extends Error {
  readonly code = 'key_lost';
}

/** What is kept of people apart from events, which can be erased. */
export interface Subjects {
  /** The pseudonym of a person's name; null where it has none, or none any more. */
  find(tenant: string, name: string): Promise<string | null>;
  /** Whether a pseudonym has a key, or values of an earlier release. */
  kept(tenant: string, ref: string): Promise<boolean>;
}

/** Random pseudonyms for people and objects, kept in a directory that can be erased. */
export interface Directory {
  /** The pseudonym of `name`, created and made durable on first sight: `sub_…`, `cli_…`, `res_…`, `ses_…`. */
  refOf(tenant: string, kind: 'sub' | 'cli' | 'res' | 'ses' | 'flw', name: string): string | Promise<string>;
  /** The name behind a pseudonym, or null when erased or unknown. */
  nameOf(tenant: string, ref: string): Promise<string | null>;
}

/** Texts that events name by their digest alone: policy sets, configurations, approved definitions. Each is kept once, for good. */
export interface Texts {
  /** Durable before it answers. @returns SHA-256 over the text @throws JournalUnavailable */
  keep(text: string): Promise<Digest>;
  /** Null where no such text is kept. */
  find(digest: Digest): Promise<string | null>;
}

/** Tenants that the journal knows, for readers that follow all of them. */
export interface TenantList {
  tenants(): Promise<readonly string[]>;
  /**
   * How long logs are: those that may have grown since an earlier answer, or all. It costs one question, so that a tenant for
   * which nothing happens costs nothing.
   *
   * @param since what the earlier answer calls `until`; null for all
   */
  sizes(since: string | null): Promise<LogSizes>;
}

export interface LogSizes {
  /** The sequence of the last event, by tenant. One that grew is never missing; some may be here that did not grow. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Null where every answer is of all logs. */
  readonly until: string | null;
}

/** A small fsynced file for outcomes that could not be committed in time; drained into the journal later. */
export interface Spool {
  /** Commits that wait. */
  readonly size: number;
  append(commit: Commit): Promise<void>;
  /** Hands each spooled commit to `take`, oldest first, and forgets it once `take` resolves. */
  drain(take: (commit: Commit) => Promise<void>): Promise<number>;
}
