import type { CatalogTool, JsonObject, UpstreamConfig } from '@sallyport/contracts';
import { catalogTool, type Checks, type CompileSchemas, toolConfig } from './catalog-tool.ts';
import type { Pin } from './pin.ts';

export type Configured = Readonly<Record<string, UpstreamConfig>>;

/** Compiled schemas, each made once per configuration, since the operator's overlay is part of it. */
export interface CheckShelf {
  /** Why the definition that the upstream offers can't be used; null when it can. */
  problemOf(pin: Pin): string | null;
  /** The catalogue's tools, by qualified name. */
  tools(pins: readonly Pin[]): readonly CatalogTool[];
  configure(upstreams: Configured): void;
  configured(upstream: string): UpstreamConfig | undefined;
  /** Ids of the configured upstreams. */
  ids(): readonly string[];
}

const refuseAll: Checks = { checkInput: () => [{ pointer: '', message: 'has no usable schema' }], checkOutput: null };

/** Keeps compiled schemas by definition object. */
export function createCheckShelf(compile: CompileSchemas): CheckShelf {
  let kept = new WeakMap<JsonObject, ReturnType<CompileSchemas>>();
  let upstreams: Configured = {};

  function checksOf({ upstream, tool }: Pin, definition: JsonObject): ReturnType<CompileSchemas> {
    const known = kept.get(definition);
    if (known !== undefined) return known;
    const overlay = toolConfig(upstreams[upstream]?.tools ?? {}, tool).arguments as JsonObject | undefined;
    const made = compile(overlay === undefined ? { definition } : { definition, overlay });
    kept.set(definition, made);
    return made;
  }

  function toolOf(pin: Pin): CatalogTool[] {
    const config = upstreams[pin.upstream];
    if (config === undefined) return [];
    const made = pin.approved === null ? null : checksOf(pin, pin.approved.definition);
    return [catalogTool(pin, made?.ok === true ? made : refuseAll, config)];
  }

  return {
    problemOf(pin) {
      const copy = pin.offered ?? pin.approved;
      const made = copy === null ? null : checksOf(pin, copy.definition);
      return made === null || made.ok ? null : made.problem;
    },
    tools: (pins) => pins.flatMap(toolOf).sort((a, b) => (a.qualified < b.qualified ? -1 : 1)),
    configure(next) {
      upstreams = next;
      kept = new WeakMap();
    },
    configured: (upstream) => upstreams[upstream],
    ids: () => Object.keys(upstreams),
  };
}
