import type { EntityType, SchemaJson, Type, TypeOfAttribute } from '@cedar-policy/cedar-wasm/nodejs';
import type { CatalogTool } from '@sallyport/contracts';

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

/**
 * The Cedar schema that policies are checked against: one action per tool, in the groups that its configuration gives,
 * over the types of objects that its arguments name; arguments as its approved input schema types them.
 *
 * @param extra names of actions and groups that have no schema yet, so that a policy may name them
 */
export function cedarSchema(tools: readonly CatalogTool[], extra: Iterable<string>): SchemaJson<string> {
  const shapes = tools.map(shapeOf);
  const actions: Namespace['actions'] = Object.create(null) as Namespace['actions'];
  for (const name of [...extra, ...shapes.flatMap((shape) => shape.groups)]) actions[name] = {};
  for (const shape of shapes) actions[shape.action] = action(shape);
  const entityTypes: Record<string, EntityType<string>> = {
    User: { memberOfTypes: ['Role'] },
    Role: {},
    [TOOL_TYPE]: {},
  };
  for (const [type, fields] of resourceFields(tools)) entityTypes[type] = { shape: resourceShape(fields) };
  return { '': { entityTypes, actions } };
}

function action(shape: ToolShape): Namespace['actions'][string] {
  return {
    memberOf: shape.groups.map((id) => ({ id })),
    appliesTo: {
      principalTypes: ['User'],
      resourceTypes: [...shape.resourceTypes],
      context: record({
        arguments: record(attributes(shape.arguments)),
        facts: record(FACTS),
        agent: STRING,
        scopes: STRINGS,
        upstream: STRING,
        tool: STRING,
        effect: STRING,
        destructive: { type: 'Boolean' },
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
