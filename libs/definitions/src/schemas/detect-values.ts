import type { JsonObject, ValueRule } from '@sallyport/contracts';
import { isObject, pointerTokens } from '@sallyport/base';
import { partsOf } from './schema-parts.ts';
import { followPath, pathsIn, schemasAt } from './schema-path.ts';

const paths: ReadonlySet<string> = new Set([
  ...[
    'path',
    'paths',
    'file',
    'files',
    'filename',
    'filenames',
    'filepath',
    'filepaths',
    'pathname',
    'cwd',
    'root',
    'roots',
  ],
  ...['dir', 'dirs', 'directory', 'directories', 'folder', 'folders', 'src', 'dst', 'dest', 'source', 'destination'],
]);
const uris: ReadonlySet<string> = new Set([
  ...['url', 'urls', 'uri', 'uris', 'href', 'link', 'links', 'endpoint', 'webhook', 'callback'],
]);
const begins = '^(?:(?:the|an?|absolute|relative|full|local|optional|target|list|array|of|to|which|is)\\s+)*';
const saysPath = new RegExp(`${begins}(?:file\\s?)?(?:path|file|directory|folder)s?\\b`, 'i');
const saysUri = new RegExp(`${begins}(?:https?\\s|web\\s)?(?:url|uri)s?\\b`, 'i');
/** More of a description is not read: what an argument is stands at the beginning. */
const mostRead = 200;

/**
 * Finds the arguments of a tool that are paths or URIs by their format, their name or the beginning of their description.
 *
 * @param schema an input schema within budget
 * @returns a rule for each that can hold a text, in the order of the schema
 */
export function detectValues(schema: JsonObject): readonly ValueRule[] {
  return pathsIn({ schema, how: 'path' }).flatMap((argument) => {
    if (argument.endsWith('/*')) return [];
    const parsed = pointerTokens(argument);
    const tokens = parsed.ok ? parsed.tokens : [];
    const place = followPath({ schema, tokens, how: 'path', closed: true });
    if (place.kind === 'missing' || place.types === 'any' || !place.types.has('string')) return [];
    const kind = kindOf(tokens.at(-1) ?? '', partsOf(schema, schemasAt(schema, tokens)));
    return kind === null ? [] : [{ argument, kind }];
  });
}

function kindOf(name: string, parts: readonly JsonObject[]): 'path' | 'uri' | null {
  const formats = parts.map(({ format }) => format);
  if (formats.some((format) => /^(?:uri|iri|url)$/.test(String(format)))) return 'uri';
  if (formats.some((format) => /^(?:file-?|directory-?)?path$/.test(String(format)))) return 'path';
  // Another format says what it is, such as a date or an address.
  if (formats.some((format) => typeof format === 'string') || parts.some(isChoice)) return null;
  return kindByWords(name, parts);
}

function kindByWords(name: string, parts: readonly JsonObject[]): 'path' | 'uri' | null {
  const words = name
    .replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '_')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  const last = words.findLast((word) => !/^\d*$/.test(word)) ?? '';
  const texts = parts.flatMap(({ description }) =>
    typeof description === 'string' ? [description.slice(0, mostRead)] : [],
  );
  if (uris.has(last) || texts.some((text) => saysUri.test(text))) return 'uri';
  return paths.has(last) || texts.some((text) => saysPath.test(text)) ? 'path' : null;
}

/** One of few given words is neither. */
function isChoice(part: JsonObject): boolean {
  return Array.isArray(part['enum']) || part['const'] !== undefined;
}

/** Says which of the detected arguments are in force: those that the tool does not declare itself, where that is wanted. */
export function valuesOf(
  declared: readonly ValueRule[],
  schema: unknown,
  detect: boolean,
): { readonly values: readonly ValueRule[]; readonly undeclared: readonly ValueRule[] } {
  const names = new Set(declared.map(({ argument }) => (argument.startsWith('/') ? argument : `/${argument}`)));
  const isDeclared = ({ argument }: ValueRule): boolean => names.has(argument) || names.has(`${argument}/*`);
  const found = isObject(schema) ? detectValues(schema as JsonObject).filter((rule) => !isDeclared(rule)) : [];
  return detect ? { values: [...declared, ...found], undeclared: [] } : { values: declared, undeclared: found };
}
