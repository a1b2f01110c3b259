import { isObject, type JsonArray, type JsonValue } from './json.ts';
import { escapeToken, isIndex, memberOf, pointerTokens } from './pointer.ts';

/** One value that a path found, with the RFC 6901 pointer that names exactly it. */
export interface PointerMatch {
  readonly pointer: string;
  readonly value: JsonValue;
}

/** A path that was checked once and can be followed through many values. */
export interface CompiledPath {
  /** The path as it was written. */
  readonly source: string;
  /**
   * Finds every value that the path names, each once, in document order.
   *
   * @param gaps takes the pointers of values that the path can't go on from: a text, number or truth value on the path, and
   *   elements and members that `*` or an array stands for and that lack what the path names
   */
  find(value: JsonValue, gaps?: string[]): PointerMatch[];
}

/** A path that can't be compiled; `at` is the offset of the character at fault. */
export interface BadPath {
  readonly ok: false;
  readonly code: 'bad_path';
  readonly message: string;
  readonly at: number;
}

/** Thrown by `followPointer` when handed a malformed path, since "found nothing" would read as "names nothing". */
export class PathError extends Error {
  readonly code = 'bad_path';

  constructor(message: string) {
    super(message);
    this.name = 'PathError';
  }
}

/**
 * Compiles a path: a JSON Pointer (RFC 6901) or a bare name (`order_id` is `/order_id`), with two additions, made so
 * that putting a value into an array never hides it:
 * - a segment `*` stands for every member of an object or every element of an array;
 * - arrays are looked through: a path that ends on an array, or goes on by a name, takes every element instead,
 *   and every element of arrays within it.
 *
 * A key that is literally `*` can't be named alone. A path that ends on an object yields the object.
 */
export function compilePath(path: string): { readonly ok: true; readonly path: CompiledPath } | BadPath {
  const parsed = pointerTokens(path);
  if (!parsed.ok) {
    const message = 'A path is a JSON Pointer (RFC 6901), with * for every member or element, or one bare name.';
    return { ok: false, code: 'bad_path', message, at: parsed.at };
  }
  const { tokens } = parsed;
  function find(value: JsonValue, gaps: string[] = []): PointerMatch[] {
    const matches: PointerMatch[] = [];
    visit({ tokens, matches, gaps }, 0, { pointer: '', value, isOneOfMany: false });
    return matches;
  }
  return { ok: true, path: { source: path, find } };
}

/**
 * Follows a path through a value; compile it once with `compilePath` where it is used often.
 *
 * @throws PathError if the path is malformed
 */
export function followPointer(value: JsonValue, path: string): PointerMatch[] {
  const compiled = compilePath(path);
  if (!compiled.ok) throw new PathError(compiled.message);
  return compiled.path.find(value);
}

interface Traversal {
  readonly tokens: readonly string[];
  readonly matches: PointerMatch[];
  readonly gaps: string[];
}

interface Here extends PointerMatch {
  /** True within an element of an array, or a member that `*` stands for: its siblings are named, so it should be. */
  readonly isOneOfMany: boolean;
}

function visit(traversal: Traversal, depth: number, here: Here): void {
  const { value } = here;
  const token = traversal.tokens[depth];
  if (Array.isArray(value) && (token === undefined || !isIndex(token))) {
    return visitElements(traversal, token === '*' ? depth + 1 : depth, { pointer: here.pointer, value });
  }
  if (token === undefined) {
    traversal.matches.push({ pointer: here.pointer, value });
  } else if (token === '*') {
    visitMembers(traversal, depth + 1, here);
  } else {
    const member = memberOf(value, token);
    if (member !== undefined) visit(traversal, depth + 1, below(here, token, member, here.isOneOfMany));
    else if (here.isOneOfMany || isSingle(value)) traversal.gaps.push(here.pointer);
  }
}

function visitElements(traversal: Traversal, depth: number, here: PointerMatch & { readonly value: JsonArray }): void {
  here.value.forEach((element, index) => visit(traversal, depth, below(here, `${index}`, element, true)));
}

function visitMembers(traversal: Traversal, depth: number, here: Here): void {
  const { value } = here;
  if (!isObject(value)) {
    if (here.isOneOfMany || isSingle(value)) traversal.gaps.push(here.pointer);
    return;
  }
  for (const key of Object.keys(value)) visit(traversal, depth, below(here, key, value[key] as JsonValue, true));
}

/** A text, number or truth value stands for what the path goes on to name; null and a missing member stand for nothing. */
function isSingle(value: JsonValue): boolean {
  return value !== null && !Array.isArray(value) && !isObject(value);
}

function below(here: PointerMatch, key: string, value: JsonValue, isOneOfMany: boolean): Here {
  return { pointer: `${here.pointer}/${escapeToken(key)}`, value, isOneOfMany };
}
