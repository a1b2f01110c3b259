// @ts-check
import { setTimeout } from 'node:timers/promises';

/**
 * Tries until it goes. `docker compose restart` starts everything at once, so a server may be away at first, or go while it is
 * being set up; every step may be taken again.
 *
 * @template T
 * @param {string} what
 * @param {() => Promise<T>} step
 * @param {{ say: (line: string) => void, withinMs?: number, pauseMs?: number }} parts
 * @returns {Promise<T>}
 * @throws what the step threw last, when it did not go in time
 */
export async function patiently(what, step, { say, withinMs = 300_000, pauseMs = 1_000 }) {
  const until = performance.now() + withinMs;
  let told = '';
  for (;;) {
    try {
      return await step();
    } catch (error) {
      if (performance.now() + pauseMs > until) throw error;
      const why = error instanceof Error ? error.message : String(error);
      if (why !== told) say(`${what}: ${why}; trying again`);
      told = why;
      await setTimeout(pauseMs);
    }
  }
}
