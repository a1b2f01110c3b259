import type {
  CatalogTool,
  JsonObject,
  SchemaError,
  ToolConfig,
  ToolEffect,
  UpstreamConfig,
} from '@sallyport/contracts';
import { isObject } from '@sallyport/strict-json';
import { type Pin, stateOf } from './pin.ts';

/** Compiled checks of one approved definition. */
export interface Checks {
  checkInput(args: JsonObject): readonly SchemaError[];
  readonly checkOutput: CatalogTool['checkOutput'];
}

/** Compiles schemas of unknown origin; a schema that can't be compiled safely is a problem, never a throw. */
export type CompileSchemas = (request: {
  readonly definition: JsonObject;
  readonly overlay?: JsonObject;
}) => ({ readonly ok: true } & Checks) | { readonly ok: false; readonly problem: string };

/** The tool as guards see it: what is pinned, with what the configuration says of it. */
export function catalogTool(pin: Pin, checks: Checks, config: UpstreamConfig): CatalogTool {
  const { upstream, tool, approved, offered } = pin;
  return {
    upstream,
    name: tool,
    qualified: `${upstream}__${tool}`,
    state: stateOf(pin),
    definition: approved === null ? null : approved.definition,
    digest: approved === null ? null : approved.digest,
    offered: offered === null ? null : offered.definition,
    ...configuredOf(pin, config),
    checkInput: (args) => checks.checkInput(args),
    checkOutput: checks.checkOutput,
  };
}

function configuredOf(
  { tool, approved, offered }: Pin,
  { tools, errors }: UpstreamConfig,
): Pick<CatalogTool, 'effect' | 'groups' | 'resources' | 'errors'> {
  const known = toolConfig(tools, tool);
  return {
    effect: known.effect ?? effectOf((approved ?? offered)?.definition),
    groups: known.groups ?? [],
    resources: known.resources ?? [],
    errors: known.errors ?? errors,
  };
}

/** What the configuration says of a tool. Upstreams name their tools as they like: `constructor` is no entry of ours. */
export function toolConfig(tools: UpstreamConfig['tools'], name: string): Partial<ToolConfig> {
  return (Object.hasOwn(tools, name) ? tools[name] : undefined) ?? {};
}

/** The effect by the tool's own hints; a tool that gives none is taken for the worst. */
function effectOf(definition: JsonObject | undefined): ToolEffect {
  const hints = definition?.['annotations'];
  if (!isObject(hints)) return 'egress';
  if (hints['readOnlyHint'] === true) return 'read';
  return hints['openWorldHint'] === false ? 'write' : 'egress';
}
