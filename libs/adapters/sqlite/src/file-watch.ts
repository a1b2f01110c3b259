import { statSync } from 'node:fs';

/**
 * Tells whether paths still lead to the files that they led to first. An open file goes on taking writes after its name
 * is gone, and what is written then is lost: check before a write is acknowledged.
 */
export class FileWatch {
  readonly #files: readonly { readonly path: string; readonly identity: string | null }[];

  constructor(paths: readonly string[]) {
    this.#files = paths.map((path) => ({ path, identity: identityOf(path) }));
  }

  /** The first path that leads elsewhere or nowhere. */
  lost(): string | undefined {
    return this.#files.find(({ path, identity }) => identityOf(path) !== identity)?.path;
  }
}

function identityOf(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? `${stat.dev}:${stat.ino}` : null;
}
