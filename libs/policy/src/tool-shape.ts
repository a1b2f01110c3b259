import {
  actionsOfKind,
  type CallAction,
  type CatalogTool,
  type JsonObject,
  type JsonValue,
  type Target,
  targetText,
  type ToolEffect,
} from '@sallyport/contracts';
import { isObject } from '@sallyport/base';

import { mcpAction, typesOfAction } from './mcp-shape.ts';
import { typeOfSchema, type Field, type ValueType } from './value-type.ts';

/** Entity types of ours; a declared resource type may not bear one of these names. */
export const OWN_TYPES: readonly string[] = ['User', 'Role', 'Tool', 'Action'];

/** The entity type of calls that name no declared object. */
export const TOOL_TYPE = 'Tool';

/** What policies may say about one tool. */
export interface ToolShape {
  /** `<upstream>/<tool>`: the id of its action, and of its Tool; `mcp:<method>` of what is no tool. */
  readonly action: string;
  readonly groups: readonly string[];
  /** The types of objects that its arguments name, then `Tool`; of what is no tool, its own before them. */
  readonly resourceTypes: readonly string[];
  readonly arguments: ReadonlyMap<string, Field>;
  /** What `context` says of the tool itself, known before there is a call. */
  readonly about: {
    readonly upstream: string;
    readonly tool: string;
    readonly effect: ToolEffect;
    readonly destructive: boolean;
  };
}

/** `<upstream>/<tool>` */
export function actionOf(tool: Pick<CatalogTool, 'upstream' | 'name'>): string {
  return `${tool.upstream}/${tool.name}`;
}

/**
 * Reads the shape of a tool from its approved definition; a tool without one has no arguments that can be named, and what is no
 * tool has none that policies can read.
 */
export function shapeOf(tool: CatalogTool, action: CallAction = actionsOfKind(tool.kind)[0]): ToolShape {
  const { upstream, effect, destructive } = tool;
  // Of a template, a resource may be read.
  const declared = [...new Set(tool.resources.map((rule) => rule.type))];
  const called: Target = action === 'resources/read' ? { kind: 'resource', name: tool.name } : tool;
  if (tool.kind !== 'tool')
    return {
      action: mcpAction(action),
      groups: [],
      resourceTypes: [...typesOfAction(action), ...declared],
      arguments: new Map(),
      about: { upstream, tool: targetText(called), effect, destructive },
    };
  const schema = tool.definition?.['inputSchema'];
  const type = isObject(schema) ? typeOfSchema({ ...schema, type: 'object' }, schema) : null;
  return {
    action: actionOf(tool),
    groups: tool.groups,
    resourceTypes: [...declared, TOOL_TYPE],
    arguments: type?.kind === 'record' ? type.fields : new Map(),
    about: { upstream, tool: tool.name, effect, destructive },
  };
}

/**
 * The attributes of each declared type of object: `owner` and `version`, and what its resolvers read beside them, typed
 * by the output schema of the resolver's tool.
 */
export function resourceFields(tools: readonly CatalogTool[]): Map<string, Map<string, Field>> {
  const types = new Map<string, Map<string, Field>[]>();
  for (const tool of tools) {
    for (const { type, resolver } of tool.resources) {
      const attributes = resolver ? attributeFields(tool, resolver, tools) : new Map<string, Field>();
      types.set(type, [...(types.get(type) ?? []), attributes]);
    }
  }
  return new Map([...types].map(([type, rules]) => [type, merge(rules)]));
}

type Resolver = NonNullable<CatalogTool['resources'][number]['resolver']>;

function attributeFields(tool: CatalogTool, resolver: Resolver, tools: readonly CatalogTool[]): Map<string, Field> {
  const asked = tools.find(
    ({ kind, upstream, name }) => kind === 'tool' && upstream === tool.upstream && name === resolver.tool,
  );
  const output = asked?.definition?.['outputSchema'];
  const fields = new Map<string, Field>();
  for (const [name, pointer] of Object.entries(resolver.attributes)) {
    fields.set(name, isObject(output) ? fieldAt(pointer, output) : unknown('its resolver has no output schema'));
  }
  fields.set('owner', { type: { kind: 'string' }, required: true });
  fields.set('version', { type: { kind: 'string' }, required: false });
  return fields;
}

function fieldAt(pointer: string, output: JsonObject): Field {
  const [, first, ...names] = pointer.split('/');
  if (first !== 'structuredContent') return unknown('its pointer does not lead into structuredContent');
  let field: Field = { type: typeOfSchema({ ...output, type: 'object' }, output), required: true };
  for (const name of names.map((each) => each.replaceAll('~1', '/').replaceAll('~0', '~'))) {
    const inner: Field | undefined = field.type.kind === 'record' ? field.type.fields.get(name) : undefined;
    if (!inner) return unknown('the output schema of its resolver does not name it');
    field = { type: inner.type, required: field.required && inner.required };
  }
  return field;
}

function merge(rules: readonly ReadonlyMap<string, Field>[]): Map<string, Field> {
  const merged = new Map<string, Field>();
  for (const name of new Set(rules.flatMap((rule) => [...rule.keys()]))) {
    const given = rules.map((rule) => rule.get(name));
    const [first] = given.filter((field) => field !== undefined);
    if (!first) continue;
    const same = given.every((field) => !field || sameType(field.type, first.type));
    const required = given.every((field) => field?.required === true);
    merged.set(name, same ? { type: first.type, required } : unknown('its resolvers disagree about its type'));
  }
  return merged;
}

function sameType(a: ValueType, b: ValueType): boolean {
  return JSON.stringify(plain(a)) === JSON.stringify(plain(b));
}

function plain(type: ValueType): JsonValue {
  if (type.kind === 'set') return [plain(type.element)];
  if (type.kind !== 'record') return type.kind;
  return Object.fromEntries([...type.fields].map(([name, field]) => [name, [plain(field.type), field.required]]));
}

function unknown(why: string): Field {
  return { type: { kind: 'untyped', why }, required: false };
}
