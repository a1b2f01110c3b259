import { fdatasync, openSync, write } from 'node:fs';

/** A file of lines, each durable when its promise resolves. */
export interface SyncedLines {
  write(line: string): Promise<void>;
}

interface Waiting {
  readonly line: string;
  resolve(): void;
  reject(error: Error): void;
}

/** Opens a file for appending. Lines that come while one sync runs share the next one (group commit). */
export function openSyncedLines(file: string): SyncedLines {
  const fd = openSync(file, 'a', 0o600);
  let waiting: Waiting[] = [];
  let syncing = false;

  function next(): void {
    if (waiting.length === 0) return void (syncing = false);
    syncing = true;
    const group = waiting;
    waiting = [];
    const settle = (error: Error | null): void => {
      for (const { resolve, reject } of group)
        if (error === null) resolve();
        else reject(error);
      next();
    };
    write(fd, `${group.map(({ line }) => line).join('\n')}\n`, (failed) => {
      if (failed) settle(failed);
      else fdatasync(fd, settle);
    });
  }

  return {
    write(line) {
      return new Promise((resolve, reject) => {
        waiting.push({ line, resolve, reject });
        if (!syncing) setImmediate(() => syncing || next());
      });
    },
  };
}
