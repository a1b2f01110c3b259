// @ts-check
// The secrets as they lie in the volumes: /secrets/<holder>/<file>, one volume for each holder.
import {
  chownSync,
  existsSync,
  fsyncSync,
  openSync,
  closeSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** The user of the Node image, and of the broker's. */
const NODE = 1000;

/** Holders whose image decides the number of its user: every process in that container may read theirs. */
const anyUser = new Set(['postgres', 'redis']);

/**
 * @param {string} root where the volumes are mounted
 */
export function openVolume(root) {
  /** @param {string} holder @param {string} file */
  const place = (holder, file) => join(root, holder, file);

  return {
    /** @param {string} holder @param {string} file @returns {string | null} the text without its line end */
    read(holder, file) {
      const path = place(holder, file);
      return existsSync(path) ? readFileSync(path, 'utf8').trimEnd() : null;
    },

    /** Whole or not at all, also when the machine goes down. @param {string} holder @param {string} file @param {string} text */
    write(holder, file, text) {
      const path = place(holder, file);
      writeFileSync(`${path}.new`, `${text}\n`, { mode: anyUser.has(holder) ? 0o444 : 0o400 });
      if (!anyUser.has(holder)) chownSync(`${path}.new`, NODE, NODE);
      sync(`${path}.new`);
      renameSync(`${path}.new`, path);
      sync(join(root, holder));
    },
  };
}

/** @typedef {ReturnType<typeof openVolume>} Volume */

/** @param {string} path */
function sync(path) {
  const file = openSync(path, 'r');
  fsyncSync(file);
  closeSync(file);
}
