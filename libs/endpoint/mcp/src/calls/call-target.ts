import {
  type CallAction,
  type CallRequest,
  type Gateway,
  type JsonObject,
  ownUri,
  type TargetKind,
} from '@sallyport/contracts';
import { isObject } from '@sallyport/base';

/** What the parameters of a call ask for, in the client's own words. */
export interface Asked {
  readonly kind: TargetKind;
  /** A name, URI or URI template, as it was written. */
  readonly name: string;
  readonly arguments: JsonObject;
}

/** Where a call goes. */
export type Place = Pick<CallRequest, 'upstream' | 'target'>;

/** What joins an upstream's id and the name of a tool or prompt at `/mcp`. Ids hold no underscore, so the first one parts them. */
const JOINT = '__';
/** No tool or prompt is called so, no URI is so long. They are recorded as they are, so that a longer one would be a place to write to. */
const longest: Readonly<Record<TargetKind, number>> = { tool: 512, prompt: 512, resource: 4_096, template: 4_096 };
const nothing: JsonObject = Object.freeze({});

const readers: Readonly<Record<CallAction, (params: JsonObject) => Asked | null>> = {
  'tools/call': ({ name, arguments: args }) => asked('tool', name, args),
  'prompts/get': ({ name, arguments: args }) => asked('prompt', name, args),
  'resources/read': ({ uri }) => asked('resource', uri, nothing),
  'resources/subscribe': ({ uri }) => asked('resource', uri, nothing),
  'completion/complete': completed,
};

/** Reads what the parameters of a call ask for; null where they lack something. */
export function readAsked(action: CallAction, params: JsonObject): Asked | null {
  return readers[action](params);
}

function asked(
  kind: TargetKind,
  name: JsonObject[string] | undefined,
  args: JsonObject[string] = nothing,
): Asked | null {
  return typeof name === 'string' && isObject(args) ? { kind, name, arguments: args } : null;
}

/** A completion is of a prompt or a template, and has what was typed so far, and before. */
function completed({ ref, argument, context }: JsonObject): Asked | null {
  if (!isObject(ref) || !isObject(argument) || !(context === undefined || isObject(context))) return null;
  const { name, value } = argument;
  if (typeof name !== 'string' || typeof value !== 'string') return null;
  const args = { argument: { name, value }, ...(context === undefined ? {} : { context }) };
  if (ref['type'] === 'ref/prompt') return asked('prompt', ref['name'], args);
  return ref['type'] === 'ref/resource' ? asked('template', ref['uri'], args) : null;
}

/**
 * Finds where a call goes; null for what no upstream can have.
 *
 * @param upstream of `/mcp/<upstream>`, which has names and URIs of its own; null at `/mcp`, where they say whose they are
 */
export function placeOf(gateway: Gateway, { kind, name }: Asked, upstream: string | null): Place | null {
  if (name === '' || name.length > longest[kind]) return null;
  if (upstream !== null) return { upstream, target: { kind, name } };
  if (kind === 'resource' || kind === 'template') return ofUri(kind, name);
  return gateway.named?.(kind, name) ?? ofName(kind, name);
}

function ofUri(kind: TargetKind, qualified: string): Place | null {
  const own = ownUri(qualified);
  return own === null ? null : { upstream: own.upstream, target: { kind, name: own.uri } };
}

/** Not every name that is listed says by itself whose it is. */
function ofName(kind: TargetKind, qualified: string): Place | null {
  const at = qualified.indexOf(JOINT);
  if (at <= 0 || at + JOINT.length === qualified.length) return null;
  return { upstream: qualified.slice(0, at), target: { kind, name: qualified.slice(at + JOINT.length) } };
}

/** The upstream that a call is of, as far as that is certain; null soon after a start, where a name is not known yet. */
export function upstreamOf(gateway: Gateway, { kind, name }: Asked, upstream: string | null): string | null {
  if (upstream !== null) return upstream;
  if (kind === 'resource' || kind === 'template') return ownUri(name)?.upstream ?? null;
  return gateway.named?.(kind, name)?.upstream ?? null;
}
