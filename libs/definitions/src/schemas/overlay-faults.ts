import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { nearestName } from '@sallyport/base';
import { subschemas, target } from './subschemas.ts';
import { compile, formats, keywords } from './validator.ts';

/** What is wrong with an operator's schema, where in it, and what was probably meant. */
export interface OverlayFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly hint: string;
}

/**
 * What of an operator's schema could never refuse anything, whatever tool it is for: a keyword or format that there is not, or a
 * keyword without the one that it needs. An upstream's schema may hold such; here they are slips of the pen.
 *
 * @returns every fault; a schema that can't be compiled is one. Keywords that begin with `x-` are the operator's own.
 */
export function overlayFaults(overlay: JsonObject): readonly OverlayFault[] {
  const made = compile(overlay);
  if (!made.ok) return [{ path: [], message: made.problem, hint: '' }];
  return [...placed(overlay)].flatMap(([part, path]) =>
    Object.entries(part).flatMap(([keyword, value]) => {
      const fault = unknownKeyword(part, keyword) ?? unknownFormat(keyword, value) ?? lonelyKeyword(part, keyword);
      return fault === null ? [] : [{ path: [...path, keyword], ...fault }];
    }),
  );
}

type Fault = Omit<OverlayFault, 'path'> | null;
type Path = OverlayFault['path'];

/** The parts of a schema, each once, and where they stand. */
function placed(root: JsonObject): ReadonlyMap<JsonObject, Path> {
  const found = new Map<JsonObject, Path>([[root, []]]);
  for (const [part, path] of found) {
    for (const { schema, at } of subschemas(part)) if (!found.has(schema)) found.set(schema, [...path, ...at]);
    const { $ref } = part;
    const named = target(root, $ref);
    if (named !== undefined && !found.has(named)) found.set(named, [...path, '$ref']);
  }
  return found;
}

function unknownKeyword({ items }: JsonObject, keyword: string): Fault {
  const known = keywords();
  // Draft-07 has the elements behind a list in it.
  if (known.has(keyword) || keyword.startsWith('x-') || (keyword === 'additionalItems' && Array.isArray(items)))
    return null;
  const meant = nearestName(keyword, [...known.keys()]);
  const question = meant === null ? '' : `Did you mean "${meant}"? `;
  return { message: `unknown keyword "${keyword}"`, hint: `${question}A keyword of your own begins with "x-".` };
}

function unknownFormat(keyword: string, value: JsonValue): Fault {
  if (keyword !== 'format' || formats.some((known) => known === value)) return null;
  const meant = nearestName(String(value), formats);
  const question = meant === null ? '' : `Did you mean "${meant}"? `;
  return { message: `no format "${String(value)}" is checked`, hint: `${question}There are: ${formats.join(', ')}.` };
}

/** Keywords that mean nothing without one of others. */
const needs: Readonly<Record<string, readonly string[]>> = {
  if: ['then', 'else'],
  then: ['if'],
  else: ['if'],
  minContains: ['contains'],
  maxContains: ['contains'],
};

function lonelyKeyword(part: JsonObject, keyword: string): Fault {
  const needed = Object.hasOwn(needs, keyword) ? (needs[keyword] ?? []) : [];
  if (needed.length === 0 || needed.some((other) => Object.hasOwn(part, other))) return null;
  return { message: `"${keyword}" says nothing without "${needed.join('" or "')}"`, hint: '' };
}
