import { basename, dirname } from 'node:path';
import {
  applyEdits,
  findNodeAtLocation,
  type FormattingOptions,
  getNodeValue,
  modify,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import { isObject } from '@sallyport/base';

/** Keys from the root of a client's file to its servers. */
export type Place = readonly string[];

/** One list of servers in a client's file. */
export interface ServerList {
  readonly place: Place;
  readonly servers: Readonly<Record<string, unknown>>;
  /** Names that the client has switched off beside the list. */
  readonly off: readonly string[];
  /** The folder that its relative paths start from; null where the client decides that. */
  readonly folder: string | null;
}

export type ClientFileAnswer =
  { readonly ok: true; readonly lists: readonly ServerList[] } | { readonly ok: false; readonly message: string };

/** Cursor, Claude and Windsurf; VS Code: `mcp.json`, settings, workspace; Zed. */
const places: readonly Place[] = [
  ['mcpServers'],
  ['servers'],
  ['mcp', 'servers'],
  ['settings', 'mcp', 'servers'],
  ['context_servers'],
];

/**
 * Reads a client's file as clients do: JSON with comments, trailing commas and a byte order mark.
 *
 * @param file its absolute path, which says whether it belongs to a project
 * @param home a client's file in this folder belongs to no project
 */
export function readClientFile(text: string, file: string, home: string): ClientFileAnswer {
  const { root, fault } = treeOf(text);
  if (root?.type !== 'object') return { ok: false, message: fault ?? 'it is not a JSON object' };
  const folder = projectOf(file, home);
  const lists = [...places, ...projectPlaces(root)].flatMap((place) => listAt(root, place, folder));
  if (lists.length > 0) return { ok: true, lists };
  const known = places.map((place) => `"${place.join('.')}"`).join(', ');
  return { ok: false, message: `it has no ${known} that is an object` };
}

/** Claude Code keeps the servers of single projects in one file of the user's. */
function projectPlaces(root: Node): Place[] {
  const projects: unknown = valueAt(root, ['projects']);
  return isObject(projects) ? Object.keys(projects).map((path) => ['projects', path, 'mcpServers']) : [];
}

function listAt(root: Node, place: Place, folder: string | null): ServerList[] {
  const servers: unknown = valueAt(root, place);
  if (!isObject(servers)) return [];
  const off: unknown = valueAt(root, [...place.slice(0, -1), 'disabledMcpServers']);
  const project = place[0] === 'projects' ? (place[1] ?? null) : folder;
  return [{ place, servers, off: Array.isArray(off) ? off.map(String) : [], folder: project }];
}

/** `.cursor/mcp.json`, `.vscode/mcp.json` and `.zed/settings.json` belong to the folder above; `.mcp.json` to its own. */
function projectOf(file: string, home: string): string | null {
  const folder = dirname(file);
  const project = /^\.(cursor|vscode|zed|windsurf)$/.test(basename(folder)) ? dirname(folder) : folder;
  const isProjects = project !== folder || basename(file) === '.mcp.json';
  return isProjects && project !== home ? project : null;
}

/**
 * Puts one entry in the place of those that are guarded now; comments and everything else stay as they are.
 *
 * @param gone the servers that are taken out, with the place of each
 */
export function withEntry(
  text: string,
  { place, entry, gone }: { place: Place; entry: object; gone: readonly { place: Place; name: string }[] },
): string {
  const { mark, body } = withoutMark(text);
  const edits = [
    ...gone.map((one) => ({ path: [...one.place, one.name], value: undefined })),
    { path: [...place, 'sallyport'], value: entry },
  ];
  const edited = edits.reduce(
    (now, { path, value }) => applyEdits(now, modify(now, path, value, formatOf(body))),
    body,
  );
  return mark + edited;
}

/** Puts the lists of servers back as `before` has them; what else was changed since stays. Null where one of both is not JSON. */
export function withoutEntry(text: string, before: string): string | null {
  const { mark, body } = withoutMark(text);
  const [old, { root }] = [withoutMark(before).body, treeOf(before)];
  if (root === null || treeOf(text).root === null) return null;
  const edited = [...places, ...projectPlaces(root)].reduce((now, place) => {
    const [from, to] = [findNodeAtLocation(root, [...place]), treeOf(now).root];
    const into = to === null ? undefined : findNodeAtLocation(to, [...place]);
    if (from === undefined) return now;
    if (into === undefined) return applyEdits(now, modify(now, [...place], getNodeValue(from), formatOf(now)));
    return applyEdits(now, [{ ...into, content: old.slice(from.offset, from.offset + from.length) }]);
  }, body);
  return mark + edited;
}

function treeOf(text: string): { root: Node | null; fault: string | null } {
  const { body } = withoutMark(text);
  const errors: ParseError[] = [];
  const root = parseTree(body, errors, { allowTrailingComma: true, disallowComments: false }) ?? null;
  const [first] = errors;
  if (first === undefined) return { root, fault: null };
  const line = body.slice(0, first.offset).split('\n').length;
  return { root: null, fault: `it is not JSON: ${printParseErrorCode(first.error)} in line ${line}` };
}

function valueAt(root: Node, place: Place): unknown {
  const node = findNodeAtLocation(root, [...place]);
  return node === undefined ? undefined : getNodeValue(node);
}

function withoutMark(text: string): { mark: string; body: string } {
  return text.startsWith('\ufeff') ? { mark: '\ufeff', body: text.slice(1) } : { mark: '', body: text };
}

/** Indented as the file is. */
function formatOf(text: string): { formattingOptions: FormattingOptions } {
  const [, indent = '  '] = /^([ \t]+)\S/m.exec(text) ?? [];
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  return { formattingOptions: { insertSpaces: !indent.startsWith('\t'), tabSize: indent.length, eol } };
}
