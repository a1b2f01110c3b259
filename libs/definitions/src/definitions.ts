import { serialize } from '@sallyport/base';
import { type Catalog, type CatalogTool, type Target, targetText } from '@sallyport/contracts';
import { approve, type ApproveAnswer, type ApproveRequest } from './approve.ts';
import { type DefinitionStoreParts, createDefinitionStore, type Offering } from './definition-store.ts';
import type { CompileSchemas, Configured, FindDeclaredProblem, FindValues } from './catalog-tool.ts';
import { createValidatorCache } from './validator-cache.ts';
import { neighboursOf, pinWarnings } from './neighbours.ts';
import { instructionsOf, type Pin, stateOf } from './pin.ts';
import { createOffers } from './offers.ts';
import { createListedResources, type Resources } from './listed-resources.ts';
import { type OfferContext, readingAgain } from './take-offer.ts';
import { type UnusableTool, unusableOf } from './unusable.ts';
import { type DefinitionView, viewOf } from './view.ts';

export interface DefinitionParts extends DefinitionStoreParts {
  readonly compile: CompileSchemas;
  readonly declaredProblem: FindDeclaredProblem;
  readonly valuesOf: FindValues;
  /** True in a dry run: a first use approves also what has a warning, since a person may have approved it where it counts. */
  readonly trustsWarned?: boolean;
}

/** Pinned definitions: what upstreams offer, what people approved, and the catalogue made of both. */
export interface Definitions {
  readonly catalog: Catalog;
  /** Takes up what the journal has that was not read yet: before anything else, and to see what other processes recorded. */
  catchUp(): Promise<void>;
  /** The sequence of the last event of a definition that is known here; 0 for none. */
  position(): number;
  /** Takes the configuration that is valid from now on. */
  configure(config: Configured): void;
  /**
   * Takes what an upstream offers now. New and changed definitions are recorded; a first use is approved where so configured. It
   * waits until the other upstreams have said what they offer, since a warning may be about their tools.
   */
  offer(upstream: string, offering: Offering): Promise<void>;
  /** Upstreams that have said nothing by now are not waited for any longer. */
  settle(): Promise<void>;
  /** Whether what the upstream last said that it offers is on record. */
  isRecorded(upstream: string): boolean;
  /** Whether the catalogue has what the upstream said that it offers; where nobody asks it, whether its tools are on record. */
  hasSpoken(upstream: string): boolean;
  /** What of an upstream is offered and waits for a person, by its names: what nobody can approve waits for nobody. */
  waiting(upstream: string): readonly string[];
  /** What an upstream says of itself beside its tools, as it was approved; null where there is nothing. */
  instructions(upstream: string): string | null;
  /** The resources that an upstream listed last. */
  resources(upstream: string): Resources;
  approve(request: ApproveRequest): Promise<ApproveAnswer>;
  list(): readonly DefinitionView[];
  /** The configured tools that can't be used as they are configured, and why. */
  unusable(): readonly UnusableTool[];
}

/** Builds the pins over the journal. */
export function createDefinitions(parts: DefinitionParts): Definitions {
  const store = createDefinitionStore(parts);
  const cache = createValidatorCache({
    ...parts,
    pinOf: (upstream, tool) => store.get({ upstream, kind: 'tool', tool }),
  });
  const { systemTenant, trustsWarned = false, assumeOffered = false } = parts;
  const context: OfferContext = { store, cache, systemTenant, trustsWarned };
  const catalog = createCatalog(() => cache.tools(store.all()));
  const offers = createOffers(context, () => catalog.changed());
  const listed = createListedResources();
  // What this process records of pins, it records in turn: a pin that has moved was moved by another process.
  const inTurn = serialize();
  const configured = (): readonly Pin[] => store.all().filter((pin) => cache.configured(pin.upstream) !== undefined);

  return {
    catalog,
    async catchUp() {
      if (await store.catchUp()) catalog.changed();
    },
    position: store.position,
    configure(config) {
      cache.configure(config);
      offers.configured();
      catalog.changed();
    },
    async offer(upstream, offering) {
      await inTurn(() => offers.take(upstream, offering));
      if (listed.take(upstream, offering.resources ?? [])) catalog.changed();
    },
    settle: () => inTurn(offers.settle),
    isRecorded: offers.isRecorded,
    hasSpoken: (upstream) => (assumeOffered ? store.of(upstream).length > 0 : offers.hasSpoken(upstream)),
    waiting(upstream) {
      const offered = store.of(upstream).filter((pin) => pin.kind !== 'instructions' && pin.offered !== null);
      const hidden = offered.filter((pin) => ['unapproved', 'drifted'].includes(stateOf(pin)));
      return hidden.filter((pin) => cache.problemOf(pin) === null).map(({ tool }) => tool);
    },
    instructions(upstream) {
      const pin = store.get(instructionsOf(upstream));
      const text = pin === undefined || stateOf(pin) === 'withdrawn' ? null : pin.approved?.definition['instructions'];
      return typeof text === 'string' ? text : null;
    },
    resources: listed.of,
    async approve(request) {
      const answer = await inTurn(() => readingAgain(store, () => approve(context, request)));
      if (answer.ok) catalog.changed();
      return answer;
    },
    list() {
      const of = neighboursOf(store, cache);
      return configured().map((pin) => viewOf(cache, pin, () => pinWarnings(pin, of)));
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
    find: (upstream, target) => byName.get(keyOf(upstream, target)),
    changed() {
      version += 1;
      tools = make();
      byName = new Map(tools.map((tool) => [keyOf(tool.upstream, tool), tool]));
    },
  };
}

/** All resources of an upstream have one entry. */
function keyOf(upstream: string, target: Target): string {
  return `${upstream}/${target.kind}/${targetText(target)}`;
}
