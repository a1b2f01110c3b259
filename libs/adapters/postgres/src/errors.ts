/** The database would lose or hide what was answered: a setting or a right of the role is not what a journal needs. */
export class PostgresUnsafe extends Error {
  readonly code = 'postgres_unsafe';

  constructor(findings: readonly string[]) {
    super(`The journal does not start on this PostgreSQL: ${findings.join('; ')}.`);
    this.name = 'PostgresUnsafe';
  }
}

/** PostgreSQL did not answer, or did not let us in, after some tries. */
export class PostgresUnreachable extends Error {
  readonly code = 'postgres_unreachable';

  constructor(where: string, tries: number, cause: unknown) {
    const why = cause instanceof Error ? cause.message || cause.name : String(cause);
    super(`PostgreSQL at ${where} could not be reached in ${tries} tries: ${why}`, { cause });
    this.name = 'PostgresUnreachable';
  }
}

/** The tables are missing, older, or newer than this release knows. */
export class PostgresSchemaMismatch extends Error {
  readonly code = 'postgres_schema';

  constructor(found: number, known: number) {
    const advice = found > known ? 'Start the release that made it.' : 'Run the migration first.';
    super(`The database has journal schema ${found}, this release knows ${known}. ${advice}`);
    this.name = 'PostgresSchemaMismatch';
  }
}
