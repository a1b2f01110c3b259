import { isObject } from '@sallyport/base';
import type { CatalogTool, DefinitionKind, JsonObject, JsonValue, UpstreamConfig } from '@sallyport/contracts';
import { readsOnly } from './catalog-tool.ts';
import { qualifiedName } from './qualified-name.ts';

/**
 * What a call of a definition takes, as the input schema of a tool says it: a prompt takes texts by their names (2025-11-25,
 * server/prompts). A template, whose resources are read by their URIs, has the variables that can be read from one.
 */
export function inputOf(kind: DefinitionKind, definition: JsonObject): JsonObject {
  if (kind === 'tool') return definition;
  const listed = kind === 'template' ? variablesOf(definition) : definition['arguments'];
  const all: readonly JsonValue[] = Array.isArray(listed) ? listed : [];
  const known = all.filter(isObject).filter(({ name }) => typeof name === 'string');
  const required = known.filter((one) => one['required'] === true).map(({ name }) => String(name));
  const properties = Object.fromEntries(known.map(({ name }) => [String(name), { type: 'string' }]));
  return { inputSchema: { type: 'object', properties, required: [...new Set(required)], additionalProperties: false } };
}

function variablesOf({ uriTemplate }: JsonObject): JsonObject[] {
  return [...String(uriTemplate).matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({ name }));
}

const kept = new WeakMap<UpstreamConfig, CatalogTool>();

/** For each upstream that offers resources the one entry that stands for whatever it has under its URIs. */
export function resourcesOf(upstreams: Readonly<Record<string, UpstreamConfig>>): readonly CatalogTool[] {
  return Object.entries(upstreams)
    .filter(([, { offers }]) => offers.includes('resources'))
    .map(([id, config]) => {
      const known = kept.get(config);
      if (known?.upstream === id) return known;
      const made = resourceEntry(id, config);
      kept.set(config, made);
      return made;
    });
}

/** Single resources are not pinned: what a person approves of them is a policy over their URIs. */
function resourceEntry(upstream: string, { errors, templates: declared = {} }: UpstreamConfig): CatalogTool {
  const templates = Object.entries(declared).map(([template, { resources }]) => ({ template, resources }));
  return {
    kind: 'resource',
    upstream,
    name: '*',
    qualified: qualifiedName(upstream, 'resource:*'),
    state: 'approved',
    definition: null,
    digest: null,
    offered: null,
    ...readsOnly,
    groups: [],
    resources: templates.flatMap(({ resources }) => resources),
    templates,
    values: [],
    undeclared: [],
    errors,
    fit: (args) => ({ arguments: args, leftOut: 0 }),
    checkInput: (args) =>
      Object.keys(args).length === 0 ? [] : [{ pointer: '', message: 'are none where a resource is read' }],
    checkOutput: null,
  };
}
