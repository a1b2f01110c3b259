import type { JsonValue, SanitizeContext } from '@sallyport/contracts';
import { isObject, pointerGet } from '@sallyport/base';

/** What the caller and the operator named themselves, so that it is no secret to the caller. */
export interface Named {
  /** Texts of the arguments, and the URI that was asked. */
  readonly texts: readonly string[];
  /** Folders that the configuration declares. */
  readonly roots: readonly string[];
  /** Names of arguments: what begins with one of them is a pointer, such as `/items/0/name`. */
  readonly members: ReadonlySet<string>;
  /** Whether the caller wrote it. Of one message so many pieces are looked up, and no more. */
  isGiven(piece: string): boolean;
}

const MOST_TEXTS = 64;
const MOST_CHARACTERS = 32_768;
const MOST_LOOKUPS = 256;

/** Reads what is named out of the arguments and the URI of the call, its tool and the configuration. */
export function namedIn({ arguments: args = {}, folders: roots = [], tool, uri }: SanitizeContext): Named {
  const texts = [...textsIn(args), ...(uri === undefined ? [] : [uri])];
  const properties = pointerGet(tool?.definition ?? {}, '/inputSchema/properties');
  const members = new Set([...Object.keys(args), ...Object.keys(isObject(properties) ? properties : {})]);
  let lookups = 0;
  return {
    texts,
    roots,
    members,
    isGiven: (piece) => piece.length > 1 && lookups++ < MOST_LOOKUPS && texts.some((text) => text.includes(piece)),
  };
}

function textsIn(args: JsonValue): readonly string[] {
  const texts: string[] = [];
  let left = MOST_CHARACTERS;
  const visit = (value: JsonValue): void => {
    if (texts.length >= MOST_TEXTS) return;
    if (typeof value === 'string' && value.length <= left) {
      texts.push(value);
      left -= value.length;
    } else if (value !== null && typeof value === 'object') Object.values(value).forEach(visit);
  };
  visit(args);
  return texts;
}
