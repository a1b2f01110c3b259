import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { type ExactNumber, isExactNumber, numberOf } from '@sallyport/base';
import { isAppPage } from './app-page.ts';
import { blobIn, isBase64, textOfBlob } from './blob-text.ts';

/** Stands for the name of the member that holds the page of an app. */
export const PAGE = Symbol('page');

/** The name of the member that holds a string; null for member names and bare values. */
export type Member = string | typeof PAGE | null;

/** Changes one string. */
export type StringEdit = (text: string, member: Member) => string;

/** From this length on, testing for each sanitizer apart (which `edit` does) is faster than one test for all. */
const LONG = 256;

interface Traversal {
  readonly suspects: RegExp;
  readonly edit: StringEdit;
  /** Whether what says so is the page of an app: no structured content is one. */
  readonly hasPages: boolean;
}

/**
 * Hands every string of a value to `edit` that `suspects` matches, or whose member name it matches, or that is long; member names and
 * large whole numbers in members whose name `suspects` matches (a card number may come as a number) too. A number that would be
 * changed becomes 0: it stays what the tool's schema says.
 *
 * @param suspects without the flags `g` and `y`
 * @returns the same object when nothing changed; else a copy of the changed branches
 */
export function mapStrings(value: JsonObject, suspects: RegExp, edit: StringEdit): JsonObject {
  return mapObject({ suspects, edit, hasPages: true }, value);
}

function mapValue(traversal: Traversal, value: JsonValue, member: string | null): JsonValue {
  switch (typeof value) {
    case 'string':
      return mapText(traversal, value, member);
    case 'number':
      return value >= 1e11 && Number.isSafeInteger(value)
        ? mapNumeral(traversal, value, { text: `${value}`, member })
        : value;
    case 'object':
      if (value === null) return null;
      if (isExactNumber(value)) return mapExact(traversal, value, member);
      return Array.isArray(value) ? mapArray(traversal, value, member) : mapObject(traversal, value);
    default:
      return value;
  }
}

function mapText({ suspects, edit }: Traversal, text: string, member: Member): string {
  return member !== null || text.length >= LONG || suspects.test(text) ? edit(text, member) : text;
}

/** Digits may be a card number however they are written: with more of them than a double holds, or with a fraction of zeros. */
function mapExact(traversal: Traversal, value: ExactNumber, member: string | null): JsonValue {
  const text = `${numberOf(value) ?? value.text}`;
  return /^\d{12,}$/.test(text) ? mapNumeral(traversal, value, { text, member }) : value;
}

function mapNumeral(
  { edit }: Traversal,
  value: JsonValue,
  { text, member }: { readonly text: string; readonly member: string | null },
): JsonValue {
  if (member === null) return value;
  const json = `{${JSON.stringify(member)}:${text}}`; // as it would stand in a text
  return edit(json, member) === json ? value : 0;
}

function mapArray(traversal: Traversal, items: JsonValue[], member: string | null): JsonValue[] {
  let copy: JsonValue[] | null = null;
  for (let index = 0; index < items.length; index++) {
    const item = items[index] as JsonValue;
    const mapped = mapValue(traversal, item, member);
    if (mapped === item) continue;
    copy ??= items.slice();
    copy[index] = mapped;
  }
  return copy ?? items;
}

function mapObject(traversal: Traversal, object: JsonObject): JsonObject {
  const names = Object.keys(object);
  let changed = false;
  let entries: [string, JsonValue][] | null = null;
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string;
    const suspect = traversal.suspects.test(name);
    const value = object[name] as JsonValue;
    const mapped = mapMember(traversal, object, name, suspect);
    const renamed = suspect ? traversal.edit(name, null) : name;
    if (mapped === value && renamed === name) {
      entries?.push([name, value]);
      continue;
    }
    changed = true;
    entries ??= names.slice(0, index).map((earlier) => [earlier, object[earlier] as JsonValue]);
    entries.push([renamed, mapped]);
  }
  return changed && entries !== null ? fromEntries(entries) : object;
}

function mapMember(outer: Traversal, object: JsonObject, name: string, suspect: boolean): JsonValue {
  const traversal = name === 'structuredContent' ? { ...outer, hasPages: false } : outer;
  const blob = blobIn(object, name);
  if (blob !== null) return mapBlob(traversal, blob, object);
  const { text } = object;
  if (name === 'text' && typeof text === 'string' && isPage(traversal, object)) return mapText(traversal, text, PAGE);
  return mapValue(traversal, object[name] as JsonValue, suspect ? name : nameBeside(traversal, object, name));
}

function isPage({ hasPages }: Traversal, holder: JsonObject): boolean {
  return hasPages && isAppPage(holder);
}

/** Shorter ones are read as they stand, too: a server may write a text there that is none of bytes. */
const BLOB = 1_024;

/**
 * A text is read as what it is. What looks like a secret in other bytes is chance (one in four of 8 MB has something), and a mark in it
 * would break them.
 */
function mapBlob(traversal: Traversal, blob: string, holder: JsonObject): string {
  const isExact = isBase64(blob);
  const text = textOfBlob(blob, isExact ? holder.mimeType : undefined);
  const edited = text === null ? null : mapText(traversal, text, isPage(traversal, holder) ? PAGE : null);
  if (edited !== null && edited !== text) return Buffer.from(edited).toString('base64');
  return isExact && blob.length >= BLOB ? blob : mapText(traversal, blob, null);
}

/** The suspect name that another member gives a value: `DB_PASSWORD` in `{"name": "DB_PASSWORD", "value": "…"}`. */
function nameBeside({ suspects }: Traversal, object: JsonObject, member: string): string | null {
  const value = /[vV]alues?$/.exec(member);
  if (value === null) return null;
  const others = value[0].startsWith('V') ? ['Name', 'Key'] : ['name', 'key'];
  const names = others.map((other) => object[member.slice(0, value.index) + other]);
  const isSuspect = (name: unknown): name is string =>
    typeof name === 'string' && name.length <= LONG && suspects.test(name);
  return names.find(isSuspect) ?? null;
}

/** Two names that became one are told apart by a number: no member is lost, and none takes another's place. */
function fromEntries(entries: readonly (readonly [string, JsonValue])[]): JsonObject {
  const taken = new Map<string, JsonValue>();
  for (const [name, value] of entries) taken.set(taken.has(name) ? freeName(taken, name) : name, value);
  return Object.fromEntries(taken); // defines own members, `__proto__` too
}

function freeName(taken: ReadonlyMap<string, JsonValue>, name: string): string {
  let number = 2;
  while (taken.has(`${name} (${number})`)) number++;
  return `${name} (${number})`;
}
