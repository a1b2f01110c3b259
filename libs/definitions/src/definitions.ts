import type { Catalog, CatalogTool, JsonObject } from '@sallyport/contracts';
import { approve, type ApproveAnswer, type ApproveRequest } from './approve.ts';
import { type DefinitionStoreParts, createDefinitionStore, type Offer } from './definition-store.ts';
import type { CompileSchemas, Configured, FindDeclaredProblem, FindValues } from './catalog-tool.ts';
import { createValidatorCache } from './validator-cache.ts';
import { neighboursOf, pinWarnings } from './neighbours.ts';
import { type Pin, stateOf } from './pin.ts';
import { type OfferContext, isBeforeFirstUse, readingAgain, takeOffer } from './take-offer.ts';
import { type UnusableTool, unusableOf } from './unusable.ts';
import { type DefinitionView, viewOf } from './view.ts';

export interface DefinitionParts extends DefinitionStoreParts {
  readonly compile: CompileSchemas;
  readonly declaredProblem: FindDeclaredProblem;
  readonly valuesOf: FindValues;
  /** True in a dry run: a first use approves also what has a warning, since a person may have approved it where it counts. */
  readonly trustsWarned?: boolean;
}

/** Pinned tool definitions: what upstreams offer, what people approved, and the catalogue made of both. */
export interface Definitions {
  readonly catalog: Catalog;
  /** Takes up what the journal has that was not read yet: before anything else, and to see what other processes recorded. */
  catchUp(): Promise<void>;
  /** Takes the configuration that is valid from now on. */
  configure(config: Configured): void;
  /**
   * Takes what an upstream offers now. New and changed tools are recorded; a first use is approved where so configured. It
   * waits until the other upstreams have said what they offer, since a warning may be about their tools.
   */
  offer(upstream: string, tools: readonly JsonObject[]): Promise<void>;
  /** Upstreams that have said nothing by now are not waited for any longer. */
  settle(): Promise<void>;
  /** Tools of an upstream that are offered and wait for a person. */
  waiting(upstream: string): readonly string[];
  approve(request: ApproveRequest): Promise<ApproveAnswer>;
  list(): readonly DefinitionView[];
  /** The configured tools that can't be used as they are configured, and why. */
  unusable(): readonly UnusableTool[];
}

/** Builds the pins over the journal. */
export function createDefinitions(parts: DefinitionParts): Definitions {
  const store = createDefinitionStore(parts);
  const cache = createValidatorCache({ ...parts, pinOf: (upstream, tool) => store.get(upstream, tool) });
  const { systemTenant, trustsWarned = false } = parts;
  const context: OfferContext = { store, cache, systemTenant, trustsWarned };
  const catalog = createCatalog(() => cache.tools(store.all()));
  /** Those that have said what they offer, with or without tools. */
  const heard = new Set<string>();
  const deferred = new Map<string, Offer>();
  let patient = true;

  /** True while a configured upstream is unknown: it has said nothing, now or before. */
  function isIncomplete(): boolean {
    return patient && cache.ids().some((id) => !heard.has(id) && store.of(id).length === 0);
  }

  async function take(offer: Offer): Promise<void> {
    deferred.delete(offer.upstream);
    const withdrawn = await readingAgain(store, () => takeOffer(context, offer));
    if (offer.changed || withdrawn > 0) catalog.changed();
  }

  async function takeDeferred(): Promise<void> {
    for (const offer of [...deferred.values()]) await take(offer);
  }
  const configured = (): readonly Pin[] => store.all().filter((pin) => cache.configured(pin.upstream) !== undefined);

  return {
    catalog,
    async catchUp() {
      if (await store.catchUp()) catalog.changed();
    },
    configure(config) {
      cache.configure(config);
      patient = true;
      for (const id of deferred.keys()) if (cache.configured(id) === undefined) deferred.delete(id);
      catalog.changed();
    },
    async offer(upstream, tools) {
      const offer = store.note(upstream, tools);
      heard.add(upstream);
      if (isIncomplete() && isBeforeFirstUse(context, upstream)) deferred.set(upstream, { ...offer, changed: true });
      else await take(offer);
      if (!isIncomplete()) await takeDeferred();
    },
    async settle() {
      patient = false;
      await takeDeferred();
    },
    waiting(upstream) {
      if (deferred.has(upstream)) return [];
      const waits = store.of(upstream).filter((pin) => ['unapproved', 'drifted'].includes(stateOf(pin)));
      return waits.filter(({ offered }) => offered !== null).map(({ tool }) => tool);
    },
    async approve(request) {
      const answer = await readingAgain(store, () => approve(context, request));
      if (answer.ok) catalog.changed();
      return answer;
    },
    list() {
      const of = neighboursOf(store, cache);
      return configured().map((pin) => viewOf(cache, pin, pinWarnings(pin, of)));
    },
    unusable: () => configured().flatMap((pin) => unusableOf(cache, pin)),
  };
}

function createCatalog(make: () => readonly CatalogTool[]): Catalog & { changed(): void } {
  let version = 0;
  let tools: readonly CatalogTool[] = [];
  let byName = new Map<string, CatalogTool>();
  return {
    get version() {
      return version;
    },
    all: () => tools,
    find: (upstream, tool) => byName.get(`${upstream}/${tool}`),
    changed() {
      version += 1;
      tools = make();
      byName = new Map(tools.map((tool) => [`${tool.upstream}/${tool.name}`, tool]));
    },
  };
}
