import { type CatalogTool, type JsonObject, listings, type UpstreamConfig } from '@sallyport/contracts';
import {
  catalogTool,
  type Checks,
  type CompileSchemas,
  type Configured,
  type FindDeclaredProblem,
  type FindValues,
  declaredOf,
} from './catalog-tool.ts';
import { inputOf, resourcesOf } from './other-kinds.ts';
import type { Pin } from './pin.ts';

/** Compiled schemas, each made once per configuration, since the operator's overlay is part of it. */
export interface ValidatorCache {
  /** Why the definition that the upstream offers can't be used as it is configured; null when it can. */
  problemOf(pin: Pin): string | null;
  /** The same of the approved definition; null where there is none. */
  approvedProblemOf(pin: Pin): string | null;
  /** What of the schemas that the upstream offers can't be enforced. */
  leftOutOf(pin: Pin): readonly string[];
  /** Says whether its schemas can be used as they are, whatever the configuration says of them. */
  isSound(pin: Pin): boolean;
  /** The catalogue's tools, by qualified name. */
  tools(pins: readonly Pin[]): readonly CatalogTool[];
  configure(config: Configured): void;
  configured(upstream: string): UpstreamConfig | undefined;
  /** Ids of the configured upstreams. */
  ids(): readonly string[];
}

export interface ValidatorCacheParts {
  readonly compile: CompileSchemas;
  readonly declaredProblem: FindDeclaredProblem;
  readonly valuesOf: FindValues;
  pinOf(upstream: string, tool: string): Pin | undefined;
}

const refuseAll: Checks = {
  checkInput: () => [{ pointer: '', message: 'has no usable schema' }],
  fit: (args) => ({ arguments: args, leftOut: 0 }),
  checkOutput: null,
};

/** Keeps compiled schemas by definition object. */
export function createValidatorCache({
  compile,
  declaredProblem,
  valuesOf,
  pinOf,
}: ValidatorCacheParts): ValidatorCache {
  let kept = new WeakMap<JsonObject, ReturnType<CompileSchemas>>();
  let config: Configured = { upstreams: {}, numbers: [] };

  function checksOf(pin: Pin, definition: JsonObject): ReturnType<CompileSchemas> {
    const known = kept.get(definition);
    if (known !== undefined) return known;
    const made = compile(toCompile(pin, definition, config.upstreams[pin.upstream]));
    kept.set(definition, made);
    return made;
  }

  function problemWith(pin: Pin, definition: JsonObject | undefined): string | null {
    if (definition === undefined || pin.kind === 'instructions') return null;
    const made = checksOf(pin, definition);
    if (!made.ok) return made.problem;
    const { upstream, kind, tool } = pin;
    const definitionOf = (name: string): JsonObject | undefined => knownOf(upstream, name);
    return declaredProblem({ upstream, kind, tool, definition: made.enforced, config, definitionOf });
  }

  /** What is approved counts, since that is what is served; of a tool that nobody approved, what is offered. */
  function knownOf(upstream: string, tool: string): JsonObject | undefined {
    const pin = pinOf(upstream, tool);
    const definition = (pin?.approved ?? pin?.offered)?.definition;
    const made = pin === undefined || definition === undefined ? null : checksOf(pin, definition);
    return made?.ok === true ? made.enforced : undefined;
  }

  function toolOf(pin: Pin): CatalogTool[] {
    const upstream = config.upstreams[pin.upstream];
    const { kind } = pin;
    if (kind === 'instructions' || upstream?.offers.includes(listings[kind].capability) !== true) return [];
    const made = pin.approved === null ? null : checksOf(pin, pin.approved.definition);
    const usable = problemWith(pin, pin.approved?.definition) === null;
    const checks = made?.ok === true ? made : { ...refuseAll, enforced: undefined };
    return [catalogTool({ ...pin, kind }, { ...checks, usable, valuesOf }, upstream)];
  }

  return {
    problemOf: (pin) => problemWith(pin, (pin.offered ?? pin.approved)?.definition),
    approvedProblemOf: (pin) => problemWith(pin, pin.approved?.definition),
    leftOutOf(pin) {
      const copy = pin.offered ?? pin.approved;
      const made = copy === null || pin.kind === 'instructions' ? null : checksOf(pin, copy.definition);
      return made?.ok === true ? made.leftOut : [];
    },
    isSound({ kind, approved, offered }) {
      const copy = approved ?? offered;
      return copy === null || compile({ definition: inputOf(kind, copy.definition) }).ok;
    },
    tools: (pins) => [...pins.flatMap(toolOf), ...resourcesOf(config.upstreams)].sort(byQualifiedName),
    configure(next) {
      config = next;
      kept = new WeakMap();
    },
    configured: (upstream) => config.upstreams[upstream],
    ids: () => Object.keys(config.upstreams),
  };
}

/** A definition with what the configuration says of its schema; only tools have an overlay. */
function toCompile(pin: Pin, definition: JsonObject, of: UpstreamConfig | undefined): Parameters<CompileSchemas>[0] {
  if (pin.kind !== 'tool') return { definition: inputOf(pin.kind, definition) };
  const overlay = declaredOf(of, pin).arguments as JsonObject | undefined;
  return { definition, dropUnknown: of?.arguments === 'drop_unknown', ...(overlay && { overlay }) };
}

function byQualifiedName(a: CatalogTool, b: CatalogTool): number {
  return a.qualified < b.qualified ? -1 : 1;
}
