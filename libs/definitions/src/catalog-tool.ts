import type {
  CatalogTool,
  Config,
  FittedArguments,
  DeclaredNumber,
  JsonObject,
  SchemaError,
  ToolConfig,
  ToolEffect,
  ToolState,
  UpstreamConfig,
  ValueRule,
} from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { type Pin, stateOf } from './pin.ts';
import { qualifiedName } from './qualified-name.ts';

/** Compiled checks of one approved definition. */
export interface Checks {
  checkInput(args: JsonObject): readonly SchemaError[];
  fit(args: JsonObject): FittedArguments;
  readonly checkOutput: CatalogTool['checkOutput'];
}

/** Compiles schemas of unknown origin; a schema that can't be compiled safely is a problem, never a throw. */
export type CompileSchemas = (request: {
  readonly definition: JsonObject;
  readonly overlay?: JsonObject;
  readonly dropUnknown?: boolean;
}) =>
  | ({ readonly ok: true; readonly enforced: JsonObject; readonly leftOut: readonly string[] } & Checks)
  | { readonly ok: false; readonly problem: string };

/** Why the configuration of a tool does not fit a definition of it; null where it does. Never throws. */
export type FindDeclaredProblem = (request: {
  readonly upstream: string;
  readonly kind: 'tool' | 'prompt' | 'template';
  readonly tool: string;
  readonly definition: JsonObject;
  readonly config: Configured;
  definitionOf(tool: string): JsonObject | undefined;
}) => string | null;

/** The arguments of a schema that are paths or URIs, as declared and, where that is wanted, as detected. Never throws. */
export type FindValues = (
  declared: readonly ValueRule[],
  schema: unknown,
  detect: boolean,
) => Pick<CatalogTool, 'values' | 'undeclared'>;

/** The parts of the configuration that speak of tools. */
export interface Configured extends Pick<Config, 'upstreams'> {
  /** Arguments that other sections take for numbers. */
  readonly numbers: readonly DeclaredNumber[];
}

/** What is made of an approved definition. */
interface Made {
  readonly usable: boolean;
  readonly valuesOf: FindValues;
  /** The definition with its schemas as they are enforced. */
  readonly enforced: JsonObject | undefined;
}

/** The tool as guards see it: what is pinned, with what the configuration says of it. */
export function catalogTool(
  pin: Pin & { readonly kind: 'tool' | 'prompt' | 'template' },
  checks: Checks & Made,
  config: UpstreamConfig,
): CatalogTool {
  const { upstream, kind, tool, approved, offered } = pin;
  const schema = (checks.enforced ?? (approved ?? offered)?.definition)?.['inputSchema'];
  const known: Partial<ToolConfig> = declaredOf(config, pin);
  return {
    kind,
    upstream,
    name: tool,
    qualified: qualifiedName(upstream, tool),
    state: stateIn(pin, checks.usable),
    definition: approved === null ? null : approved.definition,
    digest: approved === null ? null : approved.digest,
    offered: offered === null ? null : offered.definition,
    ...configuredOf(pin, known, config),
    ...checks.valuesOf(known.values ?? [], schema, config.detect_paths === true),
    checkInput: (args) => checks.checkInput(args),
    fit: (args) => checks.fit(args),
    checkOutput: checks.checkOutput,
  };
}

/** An approved tool that can't be used as it is configured is not served. */
export function stateIn(pin: Pin, usable: boolean): ToolState {
  const state = stateOf(pin);
  return state === 'approved' && !usable ? 'unusable' : state;
}

function configuredOf(
  { kind, approved, offered }: Pin,
  known: Partial<ToolConfig>,
  config: UpstreamConfig,
): Pick<
  CatalogTool,
  'effect' | 'destructive' | 'groups' | 'resources' | 'errors' | 'maxArgumentBytes' | 'maxBlobBytes'
> {
  return {
    ...(kind === 'tool' ? doesOf((approved ?? offered)?.definition, known) : readsOnly),
    groups: known.groups ?? [],
    resources: known.resources ?? [],
    errors: known.errors ?? config.errors,
    ...sizesOf(known, config),
  };
}

/** The limits that the configuration sets for a tool; none where it says nothing. */
function sizesOf(
  known: Partial<ToolConfig>,
  { max_argument_bytes }: UpstreamConfig,
): Pick<CatalogTool, 'maxArgumentBytes' | 'maxBlobBytes'> {
  const maxArgumentBytes = known.max_argument_bytes ?? max_argument_bytes;
  return {
    ...(maxArgumentBytes === undefined ? {} : { maxArgumentBytes }),
    ...(known.max_blob_bytes === undefined ? {} : { maxBlobBytes: known.max_blob_bytes }),
  };
}

/** What the configuration says of a definition. */
export function declaredOf(
  config: Pick<UpstreamConfig, 'tools' | 'prompts' | 'templates'> | undefined,
  { kind, tool }: Pick<Pin, 'kind' | 'tool'>,
): Partial<ToolConfig> {
  return config === undefined || kind === 'instructions' ? {} : toolConfig(config[`${kind}s`] ?? {}, tool);
}

/** One of those that are configured. Upstreams name them as they like: `constructor` is no entry of ours. */
export function toolConfig(all: Readonly<Record<string, Partial<ToolConfig>>>, name: string): Partial<ToolConfig> {
  return (Object.hasOwn(all, name) ? all[name] : undefined) ?? {};
}

/** What a tool does: by what the configuration says of it, else by the hints of the definition, else the worst. */
export function doesOf(
  definition: JsonObject | undefined,
  known: Partial<ToolConfig> = {},
): Pick<CatalogTool, 'effect' | 'destructive'> {
  const hints = hintsOf(definition);
  const effect = known.effect ?? effectOf(hints);
  return { effect, destructive: effect !== 'read' && hints['destructiveHint'] !== false };
}

/** What prompts, texts and templates do. */
export const readsOnly = { effect: 'read', destructive: false } as const;

/** Whether a definition says of itself that it does less than another one says: policies may allow more of it. */
export function isMilder(offered: JsonObject, approved: JsonObject): boolean {
  const [now, before] = [doesOf(offered), doesOf(approved)];
  return effects.indexOf(now.effect) < effects.indexOf(before.effect) || (before.destructive && !now.destructive);
}

/** From the mildest to the worst. */
const effects: readonly ToolEffect[] = ['read', 'write', 'egress'];

function hintsOf(definition: JsonObject | undefined): JsonObject {
  const hints = definition?.['annotations'];
  return isObject(hints) ? (hints as JsonObject) : {};
}

/** The effect by the tool's own hints; a tool that gives none is taken for the worst. */
function effectOf(hints: JsonObject): ToolEffect {
  if (hints['readOnlyHint'] === true) return 'read';
  return hints['openWorldHint'] === false ? 'write' : 'egress';
}
