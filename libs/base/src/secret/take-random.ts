import { randomBytes } from 'node:crypto';

/** Bytes that the operating system is asked for at a time: one question costs as much as hundreds of bytes. */
const POOL = 4_096;

let pool = Buffer.alloc(0);
let used = 0;

/** Random bytes of the operating system, each given out once. */
export function takeRandom(bytes: number): Buffer {
  if (used + bytes > pool.length) {
    pool = randomBytes(Math.max(POOL, bytes));
    used = 0;
  }
  used += bytes;
  return pool.subarray(used - bytes, used);
}
