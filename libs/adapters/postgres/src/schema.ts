import { ROLES } from './roles.ts';

/** The newest schema. A released step is never changed: another is added. */
export const SCHEMA_VERSION = 7;

/** The tenants of this transaction, one a line. A setting that is not there gives no tenant, so no row. */
const OWN = `tenant = ANY (string_to_array(current_setting('sallyport.tenant', true), E'\\n'))`;

/** Tenant first in every index, and text in byte order, so that no locale of the server can reorder an index. */
const TABLES = `
  CREATE TABLE sallyport.tenants (
    tenant text COLLATE "C" PRIMARY KEY CHECK (tenant <> '' AND position(E'\\n' in tenant) = 0)
  );
  CREATE TABLE sallyport.logs (
    tenant text COLLATE "C" PRIMARY KEY,
    size bigint NOT NULL CHECK (size >= 0)
  ) WITH (fillfactor = 50);
  CREATE TABLE sallyport.events (
    tenant text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL CHECK (sequence > 0),
    version integer NOT NULL CHECK (version > 0),
    stream text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    leaf bytea NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (tenant, sequence),
    CONSTRAINT events_by_stream UNIQUE (tenant, stream, version)
  );
  CREATE INDEX events_by_kind ON sallyport.events (tenant, split_part(stream, '/', 1), sequence)
    WHERE split_part(stream, '/', 1) <> 'call';
  CREATE TABLE sallyport.commands (
    tenant text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    first bigint NOT NULL,
    count integer NOT NULL,
    PRIMARY KEY (tenant, id)
  );
  CREATE TABLE sallyport.sealed (
    tenant text COLLATE "C" NOT NULL,
    event text COLLATE "C" NOT NULL,
    field text COLLATE "C" NOT NULL,
    salt text NOT NULL,
    value text NOT NULL,
    PRIMARY KEY (tenant, event, field)
  );
  CREATE TABLE sallyport.pseudonyms (
    tenant text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    ref text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, kind, name),
    UNIQUE (tenant, ref)
  );
  CREATE TABLE sallyport.leases (
    name text COLLATE "C" NOT NULL,
    slot integer NOT NULL CHECK (slot >= 0),
    holder text NOT NULL,
    token text NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (name, slot)
  );
  CREATE TABLE sallyport.relay_marks (
    tenant text COLLATE "C" PRIMARY KEY,
    sequence bigint NOT NULL
  );`;

/** Rows of a tenant, for a session that has said which tenant; the names of all tenants, for every role. */
const POLICIES = [
  ...['logs', 'events', 'commands', 'sealed', 'pseudonyms'].map((table) => protect(table, `USING (${OWN})`)),
  protect('tenants', `USING (true) WITH CHECK (${OWN})`),
];

function protect(table: string, rule: string): string {
  return `
  ALTER TABLE sallyport.${table} ENABLE ROW LEVEL SECURITY;
  ALTER TABLE sallyport.${table} FORCE ROW LEVEL SECURITY;
  CREATE POLICY ${table}_of_tenant ON sallyport.${table} ${rule};`;
}

/** What was recorded stays as it was, for the owner of the tables too. Sealed values and pseudonyms can be erased. */
const APPEND_ONLY = [
  `
  CREATE FUNCTION sallyport.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN RAISE EXCEPTION '% is append-only and never goes back', TG_TABLE_NAME USING ERRCODE = '42501'; END $$;`,
  ...['tenants', 'events', 'commands'].map((table) => trigger(table, 'UPDATE OR DELETE OR TRUNCATE')),
  ...['logs', 'relay_marks'].map((table) => trigger(table, 'DELETE OR TRUNCATE')),
  onlyForward('logs', 'size'),
  onlyForward('relay_marks', 'sequence'),
];

function trigger(table: string, acts: string): string {
  return `
  CREATE TRIGGER append_only BEFORE ${acts} ON sallyport.${table} FOR EACH STATEMENT EXECUTE FUNCTION sallyport.refuse();
  ALTER TABLE sallyport.${table} ENABLE ALWAYS TRIGGER append_only;`;
}

function onlyForward(table: string, column: string): string {
  return `
  CREATE TRIGGER only_forward BEFORE UPDATE ON sallyport.${table} FOR EACH ROW
    WHEN (NEW.tenant <> OLD.tenant OR NEW.${column} < OLD.${column}) EXECUTE FUNCTION sallyport.refuse();
  ALTER TABLE sallyport.${table} ENABLE ALWAYS TRIGGER only_forward;`;
}

/**
 * The kind of a stream as a column of its own: under row level security an index over an expression is of no use, as the
 * planner may not compute it for rows that it may not show. Calls are most of a log, and its order finds them.
 */
const KIND = `
  DROP INDEX sallyport.events_by_kind;
  ALTER TABLE sallyport.events
    ADD COLUMN kind text COLLATE "C" NOT NULL GENERATED ALWAYS AS (split_part(stream, '/', 1)) STORED;
  CREATE INDEX events_by_kind ON sallyport.events (tenant, kind, sequence) WHERE kind <> 'call';`;

/** Of the whole instance, so of no tenant. Who may add a text can add no other than its digest names. */
const TEXTS = `
  CREATE TABLE sallyport.texts (
    digest text COLLATE "C" PRIMARY KEY CHECK (
      digest = 'sha256:' || rtrim(translate(encode(sha256(convert_to(text, 'UTF8')), 'base64'), '+/', '-_'), '=')),
    text text NOT NULL
  );${trigger('texts', 'UPDATE OR DELETE OR TRUNCATE')}`;

/**
 * Keys of subjects, and whose each sealed value is. What an earlier release kept is told by the events: it stays in the clear
 * until it is erased. `erasures` counts, so that a process that remembers names or keys learns that some are gone. Functions whose
 * parameters change are made again.
 */
const SUBJECTS = `
  CREATE TABLE sallyport.subject_keys (
    tenant text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    wrapped text NOT NULL,
    PRIMARY KEY (tenant, subject)
  );${protect('subject_keys', `USING (${OWN})`)}
  CREATE TABLE sallyport.erasures (count bigint NOT NULL);
  INSERT INTO sallyport.erasures VALUES (0);
  ALTER TABLE sallyport.sealed ADD COLUMN subject text COLLATE "C";
  CREATE INDEX sealed_by_subject ON sallyport.sealed (tenant, subject);
  ALTER TABLE sallyport.sealed NO FORCE ROW LEVEL SECURITY;
  ALTER TABLE sallyport.events NO FORCE ROW LEVEL SECURITY;
  UPDATE sallyport.sealed AS s SET subject = said.ref FROM (
    SELECT e.tenant, e.id, coalesce(
      e.data #>> '{subject,ref}',
      e.data #>> '{requester,ref}',
      (SELECT convert_from(d.bytes, 'UTF8')::jsonb #>> '{data,subject,ref}' FROM sallyport.events AS d
        WHERE d.tenant = e.tenant AND d.stream = e.stream AND d.version = 1)) AS ref
    FROM (SELECT tenant, id, stream, convert_from(bytes, 'UTF8')::jsonb -> 'data' AS data FROM sallyport.events
      WHERE type IN ('call.decided', 'approval.requested', 'client_request.decided', 'client_request.answered')) AS e
  ) AS said WHERE said.tenant = s.tenant AND said.id = s.event;
  ALTER TABLE sallyport.sealed FORCE ROW LEVEL SECURITY;
  ALTER TABLE sallyport.events FORCE ROW LEVEL SECURITY;
  DROP FUNCTION IF EXISTS sallyport.append;
  DROP FUNCTION IF EXISTS sallyport.open_sealed;`;

/** Sealed before they come here, and gone for good when they are replaced. */
const CONNECTIONS = `
  CREATE TABLE sallyport.connections (
    tenant text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    sealed text NOT NULL,
    PRIMARY KEY (tenant, name)
  );${protect('connections', `USING (${OWN})`)}`;

/**
 * Which key a sealed value is under: who deletes the key has erased it, and needs to find no row. The index is for what earlier
 * releases left without.
 */
const KEYS_OF_VALUES = `
  ALTER TABLE sallyport.sealed ADD COLUMN key text;
  DROP INDEX sallyport.sealed_by_subject;
  CREATE INDEX sealed_by_subject ON sallyport.sealed (tenant, subject) WHERE key IS NULL;
  DROP FUNCTION IF EXISTS sallyport.append;
  DROP FUNCTION IF EXISTS sallyport.open_sealed;
  DROP FUNCTION IF EXISTS sallyport.kept_of;`;

/**
 * Which transaction made a log longer last, so that who follows all logs asks once for those that grew. How long each is may be
 * seen by who follows all, as the feed's marks are.
 */
const SIZES = `
  ALTER TABLE sallyport.logs ADD COLUMN moved xid8 NOT NULL DEFAULT '0';
  CREATE POLICY logs_sizes ON sallyport.logs FOR SELECT TO ${ROLES.audit}, ${ROLES.gateway} USING (true);`;

/** From nothing to version 1, then a step for each version. All of them run in one transaction. */
export const STEPS: readonly string[] = [
  [TABLES, ...POLICIES, ...APPEND_ONLY].join(''),
  KIND,
  TEXTS,
  SUBJECTS,
  CONNECTIONS,
  KEYS_OF_VALUES,
  SIZES,
];
