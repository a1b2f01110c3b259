import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Commit, Spool } from '@sallyport/contracts';
import { makeDirectory, makeFile, syncDirectory } from './make-directory.ts';

/** The spool holds as much as it may. Nothing was kept: the caller has to say so. */
export class SpoolFull extends Error {
  readonly code = 'spool_full';
}

/** A line that is not the last can't be read: somebody else wrote to the file. */
export class SpoolDamaged extends Error {
  readonly code = 'spool_damaged';
}

export interface FileSpoolOptions {
  /** The data directory; the file is `spool.jsonl` in it. */
  readonly directory: string;
  /** Commits that may wait at most. */
  readonly maxCommits?: number;
}

export interface FileSpool extends Spool {
  close(): Promise<void>;
}

/**
 * A file with a commit per line, synced before `append` resolves. A line that was torn by a crash was never acknowledged
 * and is cut off. What was taken may be handed out again after a crash; commits are idempotent, so that is harmless.
 *
 * @throws SpoolDamaged if a line before the last can't be read
 */
export async function openFileSpool({ directory, maxCommits = 10_000 }: FileSpoolOptions): Promise<FileSpool> {
  makeDirectory(directory);
  const path = join(directory, 'spool.jsonl');
  makeFile(path);
  syncDirectory(directory);
  const { waiting, bytes } = parse(await readFile(path, 'utf8'));
  const log = new AppendLog(await open(path, 'a'), bytes);
  await log.cut();
  let draining: Promise<number> = Promise.resolve(0);

  async function drainAll(take: (commit: Commit) => Promise<void>): Promise<number> {
    let drained = 0;
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      await take(next);
      waiting.shift();
      drained++;
    }
    if (drained > 0) await log.clearWhen(() => waiting.length === 0);
    return drained;
  }

  return {
    async append(commit) {
      if (waiting.length >= maxCommits) throw new SpoolFull(`The spool holds ${maxCommits} commits already.`);
      await log.append(`${JSON.stringify(commit)}\n`, () => waiting.push(commit));
    },
    drain(take) {
      draining = draining.catch(() => 0).then(() => drainAll(take)); // one at a time; each caller hears of its own failure
      return draining;
    },
    get size() {
      return waiting.length;
    },
    close: () => log.close(),
  };
}

/** Reads whole lines; `bytes` is where the last of them ends. */
function parse(text: string): { waiting: Commit[]; bytes: number } {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const waiting = whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index): Commit => {
      try {
        return JSON.parse(line);
      } catch (cause) {
        throw new SpoolDamaged(`Line ${index + 1} of the spool can't be read. Move spool.jsonl away to go on.`, {
          cause,
        });
      }
    });
  return { waiting, bytes: Buffer.byteLength(whole) };
}

/** One operation at a time on a file that only grows, until it is emptied. */
class AppendLog {
  readonly #file: FileHandle;
  #length: number;
  #last: Promise<void> = Promise.resolve();

  constructor(file: FileHandle, length: number) {
    this.#file = file;
    this.#length = length;
  }

  /** Takes off whatever stands behind the last whole line. */
  cut(): Promise<void> {
    return this.#next(() => this.#file.truncate(this.#length));
  }

  /** `done` runs once the line is durable, before anything else happens to the file. */
  append(line: string, done: () => void): Promise<void> {
    return this.#next(async () => {
      try {
        await this.#file.appendFile(line);
        await this.#file.datasync();
      } catch (error) {
        await this.#file.truncate(this.#length); // half a line must not meet the next one
        throw error;
      }
      this.#length += Buffer.byteLength(line);
      done();
    });
  }

  clearWhen(isEmpty: () => boolean): Promise<void> {
    return this.#next(async () => {
      if (!isEmpty()) return;
      await this.#file.truncate(0);
      this.#length = 0;
      await this.#file.datasync();
    });
  }

  close(): Promise<void> {
    return this.#next(() => this.#file.close());
  }

  #next(operation: () => Promise<void>): Promise<void> {
    const done = this.#last.then(operation);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
