import { toolConfig } from './catalog-tool.ts';
import type { Offer, Offering } from './definition-store.ts';
import { type DefinitionName, stateOf } from './pin.ts';
import type { Unpinned } from './unpinned.ts';
import { isBeforeFirstUse, type OfferContext, readingAgain, takeOffer } from './take-offer.ts';

/** What upstreams said that they offer, on its way to the record; see `Definitions` for what each does. */
export interface Offers {
  take(upstream: string, offering: Offering): Promise<void>;
  settle(): Promise<void>;
  isRecorded(upstream: string): boolean;
  hasSpoken(upstream: string): boolean;
  /** The configuration is another: what is no longer configured is not waited for. */
  configured(): void;
}

/** Takes offers in; one that must wait for other upstreams, or could not be recorded, is taken later. */
export function createOffers(context: OfferContext, changed: () => void): Offers {
  const { store, cache } = context;
  /** Those that have said what they offer, with or without tools. */
  const heard = new Set<string>();
  /** Those of whose tools the catalogue was told. */
  const known = new Set<string>();
  const deferred = new Map<string, Offer>();
  let patient = true;

  /** True while a configured upstream is unknown: it has said nothing, now or before. */
  function isIncomplete(): boolean {
    return patient && cache.ids().some((id) => !heard.has(id) && store.of(id).length === 0);
  }

  async function record(offer: Offer): Promise<void> {
    deferred.delete(offer.upstream);
    try {
      const withdrawn = await readingAgain(store, () => takeOffer(context, offer));
      if (offer.changed || withdrawn > 0) changed();
      known.add(offer.upstream);
    } catch (error) {
      // Taken later, unless the upstream has said something newer by then.
      if (!deferred.has(offer.upstream)) deferred.set(offer.upstream, { ...offer, changed: true });
      throw error;
    }
  }

  /** Records each, whatever becomes of the others. @throws AggregateError where some could not be recorded */
  async function recordDeferred(): Promise<void> {
    const failures: unknown[] = [];
    for (const offer of [...deferred.values()]) await record(offer).catch((error: unknown) => failures.push(error));
    if (failures.length > 0)
      throw new AggregateError(failures, `definitions not recorded: ${failures.map(String).join('; ')}`);
  }

  return {
    async take(upstream, offering) {
      const configured = cache.configured(upstream)?.tools ?? {};
      const unpinned = ({ kind, tool }: DefinitionName): Unpinned =>
        (kind === 'tool' ? toolConfig(configured, tool).unpinned : undefined) ?? {};
      const noted = store.note(upstream, spoken(offering), unpinned);
      const offer = { ...noted, changed: noted.changed || deferred.has(upstream) || !heard.has(upstream) };
      heard.add(upstream);
      if (isIncomplete() && isBeforeFirstUse(context, upstream)) deferred.set(upstream, { ...offer, changed: true });
      else await record(offer);
      if (!isIncomplete()) await recordDeferred();
    },
    async settle() {
      patient = false;
      await recordDeferred();
    },
    isRecorded: (upstream) =>
      heard.has(upstream) && !deferred.has(upstream) && store.of(upstream).every((pin) => stateOf(pin) !== 'starting'),
    hasSpoken: (upstream) => known.has(upstream),
    configured() {
      patient = true;
      for (const id of deferred.keys()) if (cache.configured(id) === undefined) deferred.delete(id);
    },
  };
}

/** A server that offers nothing is not used yet, whatever it says of itself: what comes later would come after its first use. */
function spoken(offering: Offering): Offering {
  const { tools, prompts = [], templates = [] } = offering;
  return tools.length + prompts.length + templates.length === 0 ? { tools } : offering;
}
