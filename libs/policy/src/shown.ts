import type { JsonValue } from '@sallyport/contracts';
import { isObject, quoted } from '@sallyport/base';

/** A value as a question shows it. */
export interface Shown {
  readonly text: string;
  /** Not all of it is there; the text says how much is missing. */
  readonly isCut: boolean;
}

/** Characters of one text, items of one list, and characters of one value in all. */
const MAX_TEXT = 200;
const MAX_LISTED = 20;
const MAX_VALUE = 1_000;
const MAX_DEPTH = 4;

interface Printing {
  left: number;
  isCut: boolean;
}

/**
 * Prints a value for a question. Texts are quoted, so that none goes on with our sentence; numbers and truth values are
 * not. What is cut is marked outside of the quotes with how much is missing. A value that is not there is `?`, an empty list `[]`.
 */
export function shownValue(value: JsonValue | undefined | readonly (JsonValue | undefined)[]): Shown {
  const printing: Printing = { left: MAX_VALUE, isCut: false };
  const orUnknown = (item: JsonValue | undefined): string => (item === undefined ? '?' : print(item, printing, 1));
  const text = isList(value) ? list(value, orUnknown, printing) || '[]' : orUnknown(value);
  return { text, isCut: printing.isCut };
}

function isList<Value>(value: Value): value is Extract<Value, readonly unknown[]> {
  return Array.isArray(value);
}

function print(value: JsonValue, printing: Printing, depth: number): string {
  if (typeof value === 'string') return printText(value, printing);
  if (Array.isArray(value)) return `[${list(value, (item) => print(item, printing, depth + 1), printing, depth)}]`;
  if (isObject(value)) return `{${printMembers(value, printing, depth)}}`;
  return spent(String(value), printing);
}

function printMembers(value: Readonly<Record<string, JsonValue>>, printing: Printing, depth: number): string {
  const member = ([name, item]: readonly [string, JsonValue]): string =>
    `${printText(name, printing)}: ${print(item, printing, depth + 1)}`;
  return list(Object.entries(value), member, printing, depth);
}

function printText(value: string, printing: Printing): string {
  const { text, missing } = quoted(value, Math.max(0, Math.min(MAX_TEXT, printing.left)));
  if (missing > 0) printing.isCut = true;
  return spent(missing === 0 ? text : `${text} [and ${missing} more characters, not shown]`, printing);
}

function spent(text: string, printing: Printing): string {
  printing.left -= text.length;
  return text;
}

/** `depth`: how deep in the value the list stands. */
function list<Item>(items: readonly Item[], printItem: (item: Item) => string, printing: Printing, depth = 0): string {
  const shown: string[] = [];
  for (const item of items.slice(0, depth < MAX_DEPTH ? MAX_LISTED : 0)) {
    if (printing.left <= 0) break;
    shown.push(printItem(item));
  }
  const more = items.length - shown.length;
  if (more === 0) return shown.join(', ');
  printing.isCut = true;
  return `${shown.join(', ')} [and ${more} more, not shown]`.trimStart();
}
