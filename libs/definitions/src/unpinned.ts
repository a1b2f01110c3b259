import type { JsonObject, JsonValue, ToolConfig } from '@sallyport/contracts';
import { definitionDigest, isObject, memberOf, pointerTokens } from '@sallyport/base';
import type { Copy } from './pin.ts';

/** Members of a definition that may change: quietly, or with a note. By JSON Pointer. */
export type Unpinned = NonNullable<ToolConfig['unpinned']>;

/** What an offer is, beside the approved copy: another definition, the same, or the same but for members that are not pinned. */
export function comparedWith(approved: Copy | null, offered: Copy, unpinned: Unpinned): 'other' | 'same' | 'noted' {
  if (approved === null) return 'other';
  const all = Object.keys(unpinned);
  if (digestWithout(approved, all) !== digestWithout(offered, all)) return 'other';
  const quiet = all.filter((pointer) => unpinned[pointer] === 'ignore');
  return digestWithout(approved, quiet) === digestWithout(offered, quiet) ? 'same' : 'noted';
}

const texts = ['/description', '/title', '/_meta', '/icons'] as const;

/** The texts in which an offer differs from the approved copy, where nothing else of it does; else none. */
export function changedTexts(approved: Copy, offered: Copy): readonly string[] {
  if (digestWithout(approved, texts) !== digestWithout(offered, texts)) return [];
  const allBut = (text: string): readonly string[] => texts.filter((other) => other !== text);
  return texts.filter((text) => digestWithout(approved, allBut(text)) !== digestWithout(offered, allBut(text)));
}

/** Digest of a definition without some members. */
function digestWithout({ definition, digest }: Copy, pointers: readonly string[]): string {
  const left = pointers.reduce<JsonValue>((value, pointer) => {
    const parsed = pointerTokens(pointer);
    return (parsed.ok ? withoutMember(value, parsed.tokens) : null) ?? value;
  }, definition);
  return left === definition ? digest : definitionDigest(left as JsonObject);
}

/** A copy of a value without one member; null where none is there, or it is an element of a list. */
function withoutMember(value: JsonValue, [first = '', ...rest]: readonly string[]): JsonValue | null {
  const child = memberOf(value, first);
  if (child === undefined) return null;
  if (rest.length === 0) return isObject(value) ? without(value, first) : null;
  const inner = withoutMember(child, rest);
  if (inner === null) return null;
  return Array.isArray(value) ? value.with(Number(first), inner) : { ...(value as object), [first]: inner };
}

function without(value: object, name: string): JsonValue {
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
}
