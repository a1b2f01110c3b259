import type { JsonObject, SanitizeContext } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { mapStrings } from '../map-strings.ts';
import { parseText } from '../output-schema/filter-texts.ts';
import { redacted } from '../redaction.ts';
import { count, type Counts } from '../text-edit.ts';
import { cutDatabaseNames } from './database-names.ts';
import { cutHosts } from './hosts.ts';
import { type Named, namedIn } from './named.ts';
import { cutPaths } from './paths.ts';
import { cutQueries } from './queries.ts';
import { cutFrames } from './stack-frames.ts';

const every = /^/;

/**
 * Takes the inside of programs out of every text of a failed result and leaves what they say: stack traces and queries, and where
 * `places` go too, hosts and absolute paths outside of declared folders. What the caller wrote itself stays. All of it is a
 * guess by looks (design rule 8): who can't have a slip masks errors.
 */
export function cutInternals(value: JsonObject, context: SanitizeContext, places: boolean, counts: Counts): JsonObject {
  const cutting: Cutting = { named: namedIn(context), places, counts };
  return mapStrings(value, every, (text) => cutText(cutting, text));
}

interface Cutting {
  readonly named: Named;
  readonly places: boolean;
  readonly counts: Counts;
}

/** JSON in a text stays JSON. */
function cutText(cutting: Cutting, text: string): string {
  const parsed = parseText(text);
  if (parsed === null || typeof parsed === 'string') return cutPlain(cutting, text);
  const holder = { parsed };
  const { parsed: cut } = mapStrings(holder, every, (one) => cutPlain(cutting, one)) as typeof holder;
  return cut === parsed ? text : JSON.stringify(cut, null, isObject(parsed) && text.includes('\n') ? 2 : 0);
}

function cutPlain({ named, places, counts }: Cutting, text: string): string {
  const marked = (kind: string, cut: (text: string, mark: string) => string) => (before: string) => {
    const after = cut(before, redacted(kind));
    if (after !== before) count(counts, kind);
    return after;
  };
  const steps = [
    marked('stack_trace', cutFrames),
    marked('query', (one, mark) => cutDatabaseNames(cutQueries(one, named.texts, mark), named.texts, mark)),
    ...(places ? [marked('host', (one, mark) => cutHosts(one, named.isGiven, mark))] : []),
    ...(places ? [marked('path', (one, mark) => cutPaths(one, named, mark))] : []),
  ];
  return steps.reduce((current, step) => step(current), text);
}
