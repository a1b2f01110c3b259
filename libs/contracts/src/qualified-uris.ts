import type { CallAction, TargetKind } from './call.ts';
import type { JsonObject, JsonValue } from './json.ts';

/** Members one below another; `*` is each of a list. */
type Place = readonly string[];

const app: readonly Place[] = [
  ['_meta', 'ui', 'resourceUri'],
  ['_meta', 'ui/resourceUri'],
];
/** A resource link has its URI itself, an embedded resource has it with its contents. */
const block: readonly Place[] = [['uri'], ['resource', 'uri']];

/** Where URIs of resources stand in what is listed (MCP; of tools MCP Apps). */
const listed: Readonly<Record<TargetKind, readonly Place[]>> = {
  tool: app,
  prompt: [],
  resource: [['uri']],
  template: [['uriTemplate']],
};

/** The same in results. */
const answered: Readonly<Record<CallAction, readonly Place[]>> = {
  'tools/call': block.map((place) => ['content', '*', ...place]),
  'prompts/get': block.map((place) => ['messages', '*', 'content', ...place]),
  'resources/read': [['contents', '*', 'uri']],
  'resources/subscribe': [],
  'completion/complete': [],
};

/** Hosts tell by this scheme what they may show as an app, so that it stays in front. */
const APP = 'ui://';

/**
 * A URI, or URI template, as it is where those of all upstreams stand together: the id of its upstream becomes part of its
 * scheme (`files+file:///a`), or the host of an app's (`ui://files/a`).
 */
export function qualifiedUri(upstream: string, uri: string): string {
  return uri.startsWith(APP) ? `${APP}${upstream}/${uri.slice(APP.length)}` : `${upstream}+${uri}`;
}

/** Undoes `qualifiedUri`; null for what it can't have made. No id has a `+`, so that the first one parts the two. */
export function ownUri(qualified: string): { readonly upstream: string; readonly uri: string } | null {
  const isApp = qualified.startsWith(APP);
  const rest = isApp ? qualified.slice(APP.length) : qualified;
  const at = rest.indexOf(isApp ? '/' : '+');
  if (at < 0 || !/^[a-z][a-z0-9-]*$/.test(rest.slice(0, at))) return null;
  const uri = rest.slice(at + 1);
  if (isApp) return { upstream: rest.slice(0, at), uri: APP + uri };
  return uri === '' || uri.startsWith(APP) ? null : { upstream: rest.slice(0, at), uri };
}

/** An item of a list with its URIs qualified; names are not its business. */
export function withQualifiedUris(upstream: string, kind: TargetKind, item: JsonObject): JsonObject {
  return changed(item, listed[kind], (uri) => qualifiedUri(upstream, uri));
}

/** Whether a tool, as it is listed, names a view that hosts draw (MCP Apps). */
export function hasView(tool: JsonObject): boolean {
  return changed(tool, listed.tool, (uri) => `${uri} `) !== tool;
}

/** A result with its URIs qualified. */
export function resultWithQualifiedUris(upstream: string, action: CallAction, result: JsonObject): JsonObject {
  return changed(result, answered[action], (uri) => qualifiedUri(upstream, uri));
}

function changed(whole: JsonObject, places: readonly Place[], change: (uri: string) => string): JsonObject {
  return places.reduce((value, place) => changedAt(value, place, change) as JsonObject, whole);
}

function changedAt(value: JsonValue, [member, ...below]: Place, change: (uri: string) => string): JsonValue {
  if (member === undefined) return typeof value === 'string' ? change(value) : value;
  if (Array.isArray(value)) return member === '*' ? value.map((one) => changedAt(one, below, change)) : value;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, member)) return value;
  const { [member]: found = null } = value as JsonObject;
  const other = changedAt(found, below, change);
  return other === found ? value : { ...value, [member]: other };
}
