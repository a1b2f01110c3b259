import { randomBytes } from 'node:crypto';
import { leafHash, sha256 } from '@sallyport/base';
import { type CloudEventText, cloudEvent, sequenceText } from '@sallyport/journal';
import type {
  Commit,
  Committed,
  Directory,
  Journal,
  SealedValue,
  StoredEvent,
  Subjects,
  TenantList,
  Texts,
  Vault,
  Write,
} from '@sallyport/contracts';
import { createMemoryDirectory } from './memory-directory.ts';

export interface MemoryJournalOptions {
  /** `bytes` random bytes as base64url, for pseudonyms. */
  readonly random?: (bytes: number) => string;
}

/** What a journal's adapter gives: the event store and the tables that are written in the same commits. */
export interface MemoryJournal {
  readonly journal: Journal;
  readonly vault: Vault;
  readonly directory: Directory;
  readonly subjects: Subjects;
  readonly tenants: TenantList;
  readonly texts: Texts;
}

interface Log {
  readonly events: StoredEvent[];
  readonly streams: Map<string, StoredEvent[]>;
  readonly commands: Map<string, readonly StoredEvent[]>;
  readonly sealed: Map<string, SealedValue[]>;
}

/**
 * The journal without a disk, for tests and for reading what a journal does: same events, same bytes, same refusals.
 * It forgets everything with the process.
 */
export function createMemoryJournal({
  random = (bytes) => randomBytes(bytes).toString('base64url'),
}: MemoryJournalOptions = {}): MemoryJournal {
  const logs = new Map<string, Log>();
  const directory = createMemoryDirectory(random);
  const sealedOf = (tenant: string): SealedValue[] => [...(logs.get(tenant)?.sealed.values() ?? [])].flat();

  const journal: Journal = {
    async commit(commit) {
      const texts = printed(commit);
      const log = logs.get(commit.tenant) ?? emptyLog();
      const answered = log.commands.get(commit.commandId);
      if (answered) return { status: 'duplicate', events: answered };
      const conflict = conflictOf(log, commit.writes);
      if (conflict) return conflict;
      logs.set(commit.tenant, log);
      const first = append(log, commit, texts);
      for (const ref of commit.erases ?? []) directory.erase(commit.tenant, ref);
      return { status: 'committed', first };
    },
    readStream: async (tenant, stream) => [...(logs.get(tenant)?.streams.get(stream) ?? [])],
    async readAll(tenant, { after, limit, kind }) {
      const events = logs.get(tenant)?.events ?? [];
      if (kind === undefined) return events.slice(after, after + limit);
      return events.filter(({ sequence, stream }) => sequence > after && stream.startsWith(`${kind}/`)).slice(0, limit);
    },
  };

  return {
    journal,
    vault: { open: async (tenant, event) => [...(logs.get(tenant)?.sealed.get(event) ?? [])] },
    directory,
    subjects: {
      find: directory.find,
      kept: async (tenant, ref) => sealedOf(tenant).some(({ subject }) => subject === ref),
    },
    tenants: {
      tenants: async () => [...logs.keys()].sort(),
      sizes: async () => ({
        sizes: new Map([...logs].map(([name, { events }]) => [name, events.length])),
        until: null,
      }),
    },
    texts: memoryTexts(),
  };
}

function memoryTexts(): Texts {
  const kept = new Map<string, string>();
  return {
    async keep(text) {
      const digest = sha256(text);
      kept.set(digest, text);
      return digest;
    },
    find: async (digest) => kept.get(digest) ?? null,
  };
}

function emptyLog(): Log {
  return { events: [], streams: new Map(), commands: new Map(), sealed: new Map() };
}

/** Prints first, so that an event without a canonical form leaves nothing behind. */
function printed({ writes }: Commit): readonly CloudEventText[] {
  const texts = writes.flatMap(({ stream, events }) => events.map((event) => cloudEvent(event, { stream })));
  if (texts.length === 0) throw new TypeError('A commit needs an event.');
  return texts;
}

/** Judges the writes in their order: a second write to a stream sees what the first one adds. */
function conflictOf(log: Log, writes: readonly Write[]): Extract<Committed, { status: 'conflict' }> | undefined {
  const added = new Map<string, number>();
  for (const { stream, expectedVersion, events } of writes) {
    const before = added.get(stream) ?? 0;
    const version = (log.streams.get(stream)?.length ?? 0) + before;
    if (expectedVersion !== 'any' && expectedVersion !== version) {
      return { status: 'conflict', stream, version: version - before };
    }
    added.set(stream, before + events.length);
  }
  return undefined;
}

function append(
  log: Log,
  { tenant, commandId, writes, sealed = [], erases = [] }: Commit,
  texts: readonly CloudEventText[],
): number {
  const first = log.events.length + 1;
  for (const { stream, events } of writes) {
    const held = log.streams.get(stream) ?? [];
    log.streams.set(stream, held);
    for (const { id, type } of events) {
      const sequence = log.events.length + 1;
      const { head, tail } = texts[sequence - first] as CloudEventText;
      const bytes = Buffer.from(head + sequenceText(sequence) + tail);
      const event = { sequence, tenant, stream, version: held.length + 1, id, type, bytes, leaf: leafHash(bytes) };
      log.events.push(event);
      held.push(event);
    }
  }
  log.commands.set(commandId, log.events.slice(first - 1));
  for (const value of sealed) log.sealed.set(value.event, [...(log.sealed.get(value.event) ?? []), value]);
  if (erases.length > 0)
    for (const [event, values] of log.sealed)
      log.sealed.set(
        event,
        values.filter(({ subject }) => !erases.includes(subject)),
      );
  return first;
}
