import type { JsonObject } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';

/** What anything here reads (2026-07-28, client capabilities). */
const known = ['elicitation', 'sampling', 'roots'];
/** Characters of one as JSON; a real one has some dozens. All of them travel in a session's id. */
const longest = 256;

/**
 * What is kept of the capabilities that a client declares: the known ones. One that is
 * unreasonably large counts as declared without details.
 */
export function clientCapabilities(declared: JsonObject): JsonObject {
  return Object.fromEntries(
    known.flatMap((name) => {
      const capability = declared[name];
      if (!isObject(capability)) return [];
      return [[name, JSON.stringify(capability).length <= longest ? capability : {}]];
    }),
  );
}
