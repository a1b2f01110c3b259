/** Another process is the one writer of this journal. */
export class JournalLocked extends Error {
  readonly code = 'journal_locked';
  /** Process id of the holder, null where it could not be read. */
  readonly pid: number | null;

  constructor(directory: string, pid: number | null) {
    const holder = pid === null ? 'another process' : `process ${pid}`;
    super(
      `The journal in ${directory} is open in ${holder}. Stop that process, or give this one a data directory of its own.`,
    );
    this.name = 'JournalLocked';
    this.pid = pid;
  }
}

/** The journal was written by a newer release; an older one could misread it. */
export class JournalTooNew extends Error {
  readonly code = 'journal_too_new';

  constructor(directory: string, { found, known }: { found: number; known: number }) {
    super(
      `The journal in ${directory} has schema ${found}, this release knows ${known}. Start the release that wrote it.`,
    );
    this.name = 'JournalTooNew';
  }
}

/** What was read at opening is not what was written: a gap in the sequence, or bytes that are not those of their hash. */
export class JournalDamaged extends Error {
  readonly code = 'journal_damaged';

  constructor(directory: string, detail: string) {
    super(`The journal in ${directory} is damaged: ${detail}. Keep a copy and restore it from a backup.`);
    this.name = 'JournalDamaged';
  }
}
