import type { EntityType, SchemaJson, Type, TypeOfAttribute } from '@cedar-policy/cedar-wasm/nodejs';
import type { CallAction, CatalogTool } from '@sallyport/contracts';

import {
  CLIENT_REQUEST_TYPE,
  declaredTypes,
  mcpAction,
  mcpCalls,
  mcpTypes,
  requestActions,
  typesOfAction,
  UPSTREAM_TYPE,
} from './mcp-shape.ts';
import { resourceFields, shapeOf, TOOL_TYPE, type ToolShape } from './tool-shape.ts';
import type { Field, ValueType } from './value-type.ts';

type Attributes = Record<string, TypeOfAttribute<string>>;
type Namespace = SchemaJson<string>[string];

/** The facts that policies may read, as `context.facts.…`. */
export const FACT_NAMES = ['bulk', 'wildcards', 'unbounded', 'bytes', 'depth'] as const;

const LONG: Type<string> = { type: 'Long' };
const STRING: Type<string> = { type: 'String' };
const STRINGS: Type<string> = { type: 'Set', element: STRING };
const FACTS: Attributes = { bulk: LONG, wildcards: STRINGS, unbounded: STRINGS, bytes: LONG, depth: LONG };

export interface SchemaParts {
  readonly tools: readonly CatalogTool[];
  /** Prompts, resources and templates. */
  readonly others: readonly CatalogTool[];
  /** Methods beside `tools/call` whose calls policies are checked for; the actions of the others have names alone. */
  readonly calls: readonly CallAction[];
  /** Whether policies are checked for what upstreams ask of clients. */
  readonly requests?: boolean;
  /** Names of actions and groups that have no schema yet, so that a policy may name them. */
  readonly extra: Iterable<string>;
}

/**
 * The Cedar schema that policies are checked against: one action per tool, in the groups that its configuration gives,
 * over the types of objects that its arguments name; arguments as its approved input schema types them. Beside them one action for
 * each method of what is no tool.
 */
export function cedarSchema({ tools, others, calls, requests = false, extra }: SchemaParts): SchemaJson<string> {
  const shapes = tools.map((tool) => shapeOf(tool));
  const actions: Namespace['actions'] = Object.create(null) as Namespace['actions'];
  for (const name of [
    ...extra,
    ...mcpCalls.map(mcpAction),
    ...requestActions,
    ...shapes.flatMap((shape) => shape.groups),
  ])
    actions[name] = {};
  for (const shape of shapes) actions[shape.action] = action(shape);
  for (const call of calls) actions[mcpAction(call)] = action(shapeOfMethod(call, others));
  if (requests) for (const name of requestActions) actions[name] = requestAction;
  const entityTypes: Record<string, EntityType<string>> = {
    User: { memberOfTypes: ['Role'] },
    Role: {},
    [TOOL_TYPE]: {},
  };
  for (const [type, fields] of resourceFields([...tools, ...others]))
    entityTypes[type] = { shape: resourceShape(fields) };
  return { '': { entityTypes, actions }, Mcp: { entityTypes: mcpEntityTypes(), actions: {} } };
}

function mcpEntityTypes(): Namespace['entityTypes'] {
  const within = { memberOfTypes: [UPSTREAM_TYPE] };
  const types = mcpTypes.map(([type, fields]) => [nameIn(type), { shape: record(attributes(fields)), ...within }]);
  return { ...Object.fromEntries(types), [nameIn(UPSTREAM_TYPE)]: {} };
}

/** The name of a type within its namespace. */
function nameIn(type: string): string {
  return type.slice(type.lastIndexOf(':') + 1);
}

type ActionShape = Pick<ToolShape, 'groups' | 'resourceTypes' | 'arguments'>;

function shapeOfMethod(call: CallAction, others: readonly CatalogTool[]): ActionShape {
  const resourceTypes = [...typesOfAction(call), ...declaredTypes(call, others)];
  return { groups: [], resourceTypes, arguments: new Map() };
}

/** What is known of every call, and of what is asked of its client. */
const ABOUT: Attributes = {
  agent: STRING,
  scopes: STRINGS,
  actor: { ...record({ id: STRING, chain: STRINGS }), required: false },
  upstream: STRING,
  tool: STRING,
  effect: STRING,
  destructive: { type: 'Boolean' },
};

const requestAction: Namespace['actions'][string] = {
  appliesTo: { principalTypes: ['User'], resourceTypes: [CLIENT_REQUEST_TYPE], context: record(ABOUT) },
};

function action(shape: ActionShape): Namespace['actions'][string] {
  return {
    memberOf: shape.groups.map((id) => ({ id })),
    appliesTo: {
      principalTypes: ['User'],
      resourceTypes: [...shape.resourceTypes],
      context: record({
        arguments: record(attributes(shape.arguments)),
        facts: record(FACTS),
        ...ABOUT,
      }),
    },
  };
}

function resourceShape(fields: ReadonlyMap<string, Field>): Type<string> {
  const shape = attributes(fields);
  const owner = fields.get('owner');
  if (owner) shape['owner'] = { type: 'Entity', name: 'User', required: owner.required };
  return record(shape);
}

function attributes(fields: ReadonlyMap<string, Field>): Attributes {
  const typed = Object.create(null) as Attributes;
  for (const [name, { type, required }] of fields) {
    const known = cedarType(type);
    if (known) typed[name] = { ...known, required };
  }
  return typed;
}

function cedarType(type: ValueType): Type<string> | null {
  switch (type.kind) {
    case 'string':
      return STRING;
    case 'long':
      return LONG;
    case 'boolean':
      return { type: 'Boolean' };
    case 'decimal':
      return { type: 'Extension', name: 'decimal' };
    case 'set': {
      const element = cedarType(type.element);
      return element && { type: 'Set', element };
    }
    case 'record':
      return record(attributes(type.fields));
    case 'untyped':
      return null;
  }
}

function record(members: Attributes): Type<string> {
  return { type: 'Record', attributes: members };
}
