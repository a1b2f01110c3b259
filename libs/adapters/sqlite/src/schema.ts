import type { DatabaseSync } from 'node:sqlite';

/** Stored in `user_version`. A released schema is only ever added to, by a step from the one before. */
export const SCHEMA_VERSION = 5;

/** How long a connection waits for another one. */
export const BUSY_MS = 2_000;

const PAGE_BYTES = 4096;
/**
 * Pages in the write-ahead log (8 MB) before it is copied into the database, which stops commits for as long. Commits in a row
 * write the same pages again and again: the more of them share a copy, the less is copied and synced. At 256 a commit cost a tenth more CPU.
 */
const CHECKPOINT_PAGES = 2_048;
/** What the log is cut to after a reader kept it from being copied. */
const LOG_BYTES = 2 * CHECKPOINT_PAGES * PAGE_BYTES;

const TABLES = `
  CREATE TABLE tenants (key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL REFERENCES tenants (key),
    sequence INTEGER NOT NULL,
    stream TEXT NOT NULL,
    version INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    bytes BLOB NOT NULL,
    leaf BLOB NOT NULL,
    UNIQUE (tenant, sequence),
    UNIQUE (tenant, stream, version)
  ) STRICT;
  CREATE TABLE commands (
    tenant INTEGER NOT NULL REFERENCES tenants (key),
    id TEXT NOT NULL,
    first INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE sealed (
    tenant INTEGER NOT NULL REFERENCES tenants (key),
    event TEXT NOT NULL,
    field TEXT NOT NULL,
    salt TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (tenant, event, field)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE pseudonyms (
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    ref TEXT NOT NULL,
    PRIMARY KEY (tenant, kind, name)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX pseudonyms_by_ref ON pseudonyms (tenant, ref);`;

const TEXTS = `
  CREATE TABLE texts (digest TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID;`;

/**
 * Keys of subjects, and whose each sealed value is. What an earlier release kept is told by the events: it stays in the clear
 * until it is erased.
 */
const SUBJECTS = `
  CREATE TABLE subject_keys (
    tenant TEXT NOT NULL,
    subject TEXT NOT NULL,
    wrapped TEXT NOT NULL,
    PRIMARY KEY (tenant, subject)
  ) STRICT, WITHOUT ROWID;
  ALTER TABLE sealed ADD COLUMN subject TEXT;
  CREATE INDEX sealed_by_subject ON sealed (tenant, subject);
  UPDATE sealed SET subject = said.ref FROM (
    SELECT e.tenant, e.id, coalesce(
      json_extract(CAST(e.bytes AS TEXT), '$.data.subject.ref'),
      json_extract(CAST(e.bytes AS TEXT), '$.data.requester.ref'),
      (SELECT json_extract(CAST(d.bytes AS TEXT), '$.data.subject.ref') FROM events AS d
        WHERE d.tenant = e.tenant AND d.stream = e.stream AND d.version = 1)) AS ref
    FROM events AS e WHERE e.type IN ('call.decided', 'approval.requested', 'client_request.decided', 'client_request.answered')
  ) AS said WHERE said.tenant = sealed.tenant AND said.id = sealed.event;`;

/** Sealed before they come here, and gone for good when they are replaced. */
const CONNECTIONS = `
  CREATE TABLE connections (
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    sealed TEXT NOT NULL,
    PRIMARY KEY (tenant, name)
  ) STRICT, WITHOUT ROWID;`;

/**
 * Which key a sealed value is under: who deletes the key has erased it, and needs to find no row. The index is for what earlier
 * releases left without.
 */
const KEYS_OF_VALUES = `
  ALTER TABLE sealed ADD COLUMN key TEXT;
  DROP INDEX sealed_by_subject;
  CREATE INDEX sealed_by_subject ON sealed (tenant, subject) WHERE key IS NULL;`;

/** What was recorded stays as it was. Sealed values and pseudonyms are not in this list: they can be erased. */
function appendOnly(...tables: readonly string[]): string {
  return tables.flatMap((table) => ['UPDATE', 'DELETE'].map((act) => refusing(act, table))).join('');
}

function refusing(act: string, table: string): string {
  return `
  CREATE TRIGGER ${table}_no_${act.toLowerCase()} BEFORE ${act} ON ${table}
  BEGIN SELECT RAISE(ABORT, '${table} is append-only'); END;`;
}

/** From nothing to version 1, then a step for each version. */
const STEPS = [
  TABLES + appendOnly('tenants', 'events', 'commands'),
  TEXTS + appendOnly('texts'),
  SUBJECTS,
  CONNECTIONS,
  KEYS_OF_VALUES,
];

/** Settings of a connection that writes: durable before COMMIT returns, on macOS past the drive's own cache; what is deleted is overwritten. */
export function configure(db: DatabaseSync, { maxBytes }: { readonly maxBytes: number | null }): void {
  if (process.platform === 'darwin') db.exec('PRAGMA fullfsync = 1; PRAGMA checkpoint_fullfsync = 1');
  db.exec(`
    PRAGMA busy_timeout = ${BUSY_MS};
    PRAGMA page_size = ${PAGE_BYTES};
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA secure_delete = 1;
    PRAGMA foreign_keys = 1;
    PRAGMA recursive_triggers = 1;
    PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
    PRAGMA journal_size_limit = ${LOG_BYTES};
    PRAGMA cache_size = -8000;
    PRAGMA temp_store = MEMORY`);
  if (maxBytes !== null) db.exec(`PRAGMA max_page_count = ${Math.floor(maxBytes / PAGE_BYTES)}`);
}

/** The schema version that a database has; 0 when it is new. */
export function schemaOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
}

/** Brings a database to the newest schema, all steps or none. */
export function takeSteps(db: DatabaseSync, found: number): void {
  if (found === SCHEMA_VERSION) return;
  const steps = STEPS.slice(found).join('');
  db.exec(`BEGIN IMMEDIATE; ${steps} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
}
