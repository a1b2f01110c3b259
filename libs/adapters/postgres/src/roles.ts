import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';

/** The roles that programs connect as. None owns a table, none passes row level security. */
export const ROLES = { audit: 'sallyport_audit', gateway: 'sallyport_gateway', reader: 'sallyport_reader' } as const;

export type RoleName = keyof typeof ROLES;

const EVERYONE = Object.values(ROLES).join(', ');
const HISTORY = ['tenants', 'logs', 'events', 'commands', 'sealed', 'pseudonyms', 'subject_keys'].map(
  (name) => `sallyport.${name}`,
);
const ERASABLE = ['sealed', 'pseudonyms', 'subject_keys'].map((name) => `sallyport.${name}`);

/** Taken away and given again at each migration, so that what was granted by hand does not stay. */
export const GRANTS = `
  REVOKE ALL ON SCHEMA sallyport FROM PUBLIC, ${EVERYONE};
  REVOKE ALL ON ALL TABLES IN SCHEMA sallyport FROM PUBLIC, ${EVERYONE};
  REVOKE ALL ON ALL FUNCTIONS IN SCHEMA sallyport FROM PUBLIC, ${EVERYONE};
  GRANT USAGE ON SCHEMA sallyport TO ${EVERYONE};
  GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA sallyport TO ${EVERYONE};
  GRANT SELECT ON ALL TABLES IN SCHEMA sallyport TO ${EVERYONE};
  REVOKE SELECT ON sallyport.sealed, sallyport.subject_keys FROM ${ROLES.reader};
  REVOKE SELECT ON sallyport.connections FROM ${ROLES.reader}, ${ROLES.audit};
  GRANT INSERT, UPDATE, DELETE ON sallyport.connections TO ${ROLES.gateway};
  GRANT INSERT ON ${HISTORY.join(', ')} TO ${ROLES.audit};
  GRANT DELETE ON ${ERASABLE.join(', ')} TO ${ROLES.audit};
  GRANT UPDATE ON sallyport.erasures TO ${ROLES.audit};
  GRANT UPDATE (size, moved) ON sallyport.logs TO ${ROLES.audit};
  GRANT INSERT, UPDATE ON sallyport.relay_marks TO ${ROLES.audit};
  GRANT INSERT ON sallyport.texts TO ${ROLES.audit}, ${ROLES.gateway};
  GRANT INSERT ON sallyport.pseudonyms TO ${ROLES.gateway}, ${ROLES.reader};
  GRANT INSERT, UPDATE ON sallyport.leases TO ${ROLES.audit}, ${ROLES.gateway};`;

/**
 * Every question here is one by key. The planner is told so: a plan that it made while a table was small, and keeps, would
 * read the whole of it once it is large.
 */
export const BY_KEY = ['seqscan', 'bitmapscan', 'hashjoin', 'mergejoin'].map((way) => `enable_${way} = off`);

const ITERATIONS = 4_096;

/**
 * What PostgreSQL keeps instead of a password (RFC 5802 as in its own `SCRAM-SHA-256$…` form), so that the password
 * itself is never in a statement, and so never in the server's log.
 *
 * @param salt 16 random bytes
 */
export function scramVerifier(password: string, salt: Buffer): string {
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, ITERATIONS, 32, 'sha256');
  const keyOf = (name: string) => createHmac('sha256', salted).update(name).digest();
  const stored = createHash('sha256').update(keyOf('Client Key')).digest('base64');
  const server = keyOf('Server Key').toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${stored}:${server}`;
}
