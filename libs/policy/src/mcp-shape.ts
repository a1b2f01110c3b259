import {
  type AccessRequest,
  actionsOfKind,
  type CallAction,
  callActions,
  type CatalogTool,
  kindsOfAction,
  methods,
  type ResourceFact,
  targetEntities,
} from '@sallyport/contracts';

import type { Field } from './value-type.ts';

/** What prompts, resources and templates are members of; its id is the upstream's. */
export const UPSTREAM_TYPE = 'Mcp::Upstream';

/** Names that are ours: in the id of an action, and of an entity type. */
const PREFIXES = { action: 'mcp:', type: 'Mcp::' } as const;

/** The methods beside `tools/call`, whose calls policies judge as one action each. */
export const mcpCalls = callActions.filter((action) => action !== 'tools/call');

/** What an upstream asks of a client is judged as: a request in its upstream. */
export const CLIENT_REQUEST_TYPE = 'Mcp::ClientRequest';

/** The ids of the actions of what upstreams ask of clients: `mcp:sampling/createMessage`. */
export const requestActions = Object.keys(methods.serverRequests).map((method) => `${PREFIXES.action}${method}`);

export function isClientRequestAction(id: string): boolean {
  return requestActions.includes(id);
}

/** The id of the action of a method: `mcp:prompts/get`. */
export function mcpAction(action: CallAction): string {
  return `${PREFIXES.action}${action}`;
}

/** The entity types that a method is called of; none for `tools/call`. */
export function typesOfAction(action: CallAction): readonly string[] {
  return kindsOfAction[action].flatMap((kind) => (kind === 'tool' ? [] : [targetEntities[kind].type]));
}

/** The types of objects that calls of a method may name beside what they are of. */
export function declaredTypes(call: CallAction, tools: readonly CatalogTool[]): readonly string[] {
  const called = tools.filter(({ kind }) => kind !== 'tool' && actionsOfKind(kind).includes(call));
  return [...new Set(called.flatMap(({ resources }) => resources.map(({ type }) => type)))];
}

const FIELDS: ReadonlyMap<string, ReadonlyMap<string, Field>> = new Map(
  [...Object.values(targetEntities), { type: CLIENT_REQUEST_TYPE, attributes: ['mode', 'host', 'upstream'] }].map(
    ({ type, attributes }) => [
      type,
      new Map(attributes.map((name): [string, Field] => [name, { type: { kind: 'string' }, required: true }])),
    ],
  ),
);

/** Each entity type of ours with its attributes. */
export const mcpTypes = [...FIELDS];

/** The attributes of one of our entity types; undefined for any other. */
export function mcpFields(type: string): ReadonlyMap<string, Field> | undefined {
  return FIELDS.get(type);
}

export function isMcpAction(id: string): boolean {
  return id.startsWith(PREFIXES.action);
}

export function isMcpType(type: string): boolean {
  return type.startsWith(PREFIXES.type);
}

/** Whether a call came by a method of its kind, with the facts that it must be judged by: what is no tool, before what it names. */
export function isWhole({ action, tool, facts: { resources } }: AccessRequest): boolean {
  if (!kindsOfAction[action].includes(tool.kind)) return false;
  if (tool.kind === 'tool') return !resources.some(({ type }) => isMcpType(type));
  const [object, ...more] = resources;
  return object !== undefined && isObjectOf(tool, object) && !more.some(({ type }) => isMcpType(type));
}

/** Whether an object is what `tool` stands for, told with all of its attributes. */
export function isObjectOf({ kind, upstream, name }: CatalogTool, object: ResourceFact): boolean {
  if (kind === 'tool') return false;
  const { type, attributes } = targetEntities[kind];
  return (
    object.type === type &&
    object.status === 'resolved' &&
    attributes.every((each) => typeof object.attributes[each] === 'string') &&
    object.attributes['upstream'] === upstream &&
    (kind !== 'prompt' || (object.attributes['name'] === name && object.id === `${upstream}/${name}`))
  );
}
