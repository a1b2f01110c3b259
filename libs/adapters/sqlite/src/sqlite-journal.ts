import { randomBytes } from 'node:crypto';
import {
  type Commit,
  type Committed,
  type ConnectionStore,
  type Directory,
  type EventType,
  type Journal,
  JournalUnavailable,
  type KeyWrap,
  type StoredEvent,
  type Subjects,
  type TenantList,
  type Texts,
  type Vault,
} from '@sallyport/contracts';
import { sha256 } from '@sallyport/base';
import { cloudEvent, sealing } from '@sallyport/journal';
import { openFileKeyWrap } from './file-keys.ts';
import { makeDirectory } from './make-directory.ts';
import { openWorker } from './open-worker.ts';
import { sealedTable, subjectsOver } from './sealed-table.ts';
import { sqliteDirectory } from './sqlite-directory.ts';
import type { CommitRequest, NewSealedRow, Reply, Request, StoredRow, WriteRow } from './wire.ts';
import { WorkerChannel } from './worker-channel.ts';

export interface SqliteJournalOptions {
  /** Made with mode 0700 if it isn't there. One process at a time. */
  readonly directory: string;
  /** Milliseconds after which a commit that has no answer is given up as unavailable. */
  readonly deadlineMs?: number;
  /** The database grows no further than this; commits are refused then. null: as far as the disk goes. */
  readonly maxBytes?: number | null;
  /** `bytes` random bytes as base64url, for pseudonyms. */
  readonly random?: (bytes: number) => string;
  /** Wraps the keys of subjects; by a secret in the folder `keys` beside the journal if absent. */
  readonly wrap?: KeyWrap;
  /** Told of each transaction how many commits shared it. */
  readonly onCommits?: (count: number) => void;
}

export interface SqliteJournal {
  readonly journal: Journal;
  readonly vault: Vault;
  readonly directory: Directory;
  readonly subjects: Subjects;
  readonly tenants: TenantList;
  readonly texts: Texts;
  readonly connections: ConnectionStore;
  /** Waits for what is under way, then gives the directory free. */
  close(): Promise<void>;
}

/**
 * Opens the journal in a directory: SQLite in a thread of its own, one sync for all commits that came in during the last
 * one, and an answer only after it.
 *
 * @throws JournalLocked while another process (or this one) has it open, JournalTooNew, JournalDamaged,
 *   KeyFileRefused, or JournalUnavailable if it can't be opened at all
 */
export async function openSqliteJournal({
  directory,
  deadlineMs = 5_000,
  maxBytes = null,
  random = (bytes) => randomBytes(bytes).toString('base64url'),
  wrap: wrapped,
  onCommits,
}: SqliteJournalOptions): Promise<SqliteJournal> {
  makeDirectory(directory);
  const wrap = wrapped ?? openFileKeyWrap({ directory });
  const worker = await openWorker({ directory, maxBytes });
  const channel = new WorkerChannel(worker, { deadlineMs, onCommits });
  const names = sqliteDirectory(channel, random);
  const table = sealedTable(channel);
  const forget = (): void => [names, table].forEach((one) => one.forget());
  const { journal, vault } = sealing({ journal: journalOver(channel, forget), table, wrap });
  let closing: Promise<void> | undefined;

  async function close(): Promise<void> {
    const closed = channel.ask(['close']).catch(() => undefined); // gone already, or it will never answer
    await closed;
    channel.end('The journal is closed.');
    await worker.terminate();
  }

  return {
    journal,
    vault,
    directory: names,
    subjects: subjectsOver(channel),
    tenants: tenantsOver(channel),
    texts: textsOver(channel),
    connections: connectionsOver(channel),
    close: () => (closing ??= close()),
  };
}

function tenantsOver(channel: WorkerChannel): TenantList {
  async function all(): Promise<ReadonlyMap<string, number>> {
    const reply = await channel.ask(['tenants']);
    if (typeof reply !== 'object' || reply[0] !== 'pairs') throw unexpected(reply);
    return new Map(reply[1].map(([name, size]) => [name, Number(size)]));
  }
  return { tenants: async () => [...(await all()).keys()], sizes: async () => ({ sizes: await all(), until: null }) };
}

/** @param forget what is remembered of subjects, after some were erased */
function journalOver(channel: WorkerChannel, forget: () => void): Journal {
  return {
    async commit(commit) {
      const reply = await channel.ask(request(commit));
      if (commit.erases !== undefined) forget();
      return committed(commit.tenant, reply);
    },
    async readStream(tenant, stream) {
      return events(tenant, await channel.ask(['stream', tenant, stream]));
    },
    async readAll(tenant, { after, limit, kind = null }) {
      return events(tenant, await channel.ask(['all', tenant, after, limit, kind]));
    },
  };
}

function textsOver(channel: WorkerChannel): Texts {
  async function answerTo(request: Request): Promise<string | null> {
    const reply = await channel.ask(request);
    if (typeof reply !== 'object' || reply[0] !== 'text') throw unexpected(reply);
    return reply[1];
  }
  return {
    async keep(text) {
      const digest = sha256(text);
      await answerTo(['keep', digest, text]);
      return digest;
    },
    find: (digest) => answerTo(['find', digest]),
  };
}

function connectionsOver(channel: WorkerChannel): ConnectionStore {
  async function read(tenant: string, name: string | null): ReturnType<ConnectionStore['list']> {
    const reply = await channel.ask(['connections', tenant, name]);
    if (typeof reply !== 'object' || reply[0] !== 'pairs') throw unexpected(reply);
    return reply[1];
  }

  return {
    find: async (tenant, name) => (await read(tenant, name))[0]?.[1] ?? null,
    async replace(tenant, name, expected, sealed) {
      const reply = await channel.ask(['replace', tenant, name, expected, sealed]);
      if (typeof reply !== 'object' || reply[0] !== 'replaced') throw unexpected(reply);
      return reply[1];
    },
    list: (tenant) => read(tenant, null),
  };
}

/** All text is made here, in the thread that has the event, so that the writing thread only splices and hashes. */
function request({ tenant, commandId, writes, sealed = [], erases = [] }: Commit): CommitRequest {
  const rows = writes.map(({ stream, expectedVersion, events }): WriteRow => {
    const texts = events.map((event) => {
      const { head, tail } = cloudEvent(event, { stream });
      return [event.id, event.type, head, tail] as const;
    });
    return [stream, expectedVersion === 'any' ? -1 : expectedVersion, texts];
  });
  if (!rows.some(([, , texts]) => texts.length > 0)) throw new TypeError('A commit needs an event.');
  const values = sealed.map(({ event, field, salt, value, subject, key = null }): NewSealedRow => {
    return [event, field, salt, value, subject, key];
  });
  return ['commit', tenant, commandId, rows, values, erases];
}

function committed(tenant: string, reply: Reply): Committed {
  if (typeof reply === 'number') return { status: 'committed', first: reply };
  switch (reply[0]) {
    case 'conflict':
      return { status: 'conflict', stream: reply[1], version: reply[2] };
    case 'duplicate':
      return { status: 'duplicate', events: reply[1].map((row) => stored(tenant, row)) };
    default:
      throw unexpected(reply);
  }
}

function events(tenant: string, reply: Reply): readonly StoredEvent[] {
  if (typeof reply !== 'object' || reply[0] !== 'events') throw unexpected(reply);
  return reply[1].map((row) => stored(tenant, row));
}

/** An event as the port has it. */
export function stored(tenant: string, [sequence, stream, version, id, type, bytes, leaf]: StoredRow): StoredEvent {
  return { sequence, tenant, stream, version, id, type: type as EventType, bytes, leaf };
}

function unexpected(reply: Reply): JournalUnavailable {
  return new JournalUnavailable(`The journal gave another answer than was asked for: ${typeof reply}.`);
}
