import type { DefinitionStore } from './definition-store.ts';
import type { ValidatorCache } from './validator-cache.ts';
import { isMilder } from './catalog-tool.ts';
import { knownTools } from './named-tools.ts';
import type { Pin } from './pin.ts';
import { bySkeleton, type ComparedNames, warningsOf } from './warnings.ts';

/** The neighbours of each upstream's tools, each upstream prepared once. */
export function neighboursOf(store: DefinitionStore, cache: ValidatorCache): (upstream: string) => ComparedNames {
  const ids = cache.ids();
  const tools = knownTools(ids.flatMap((id) => toolNames(store, cache, id).map((tool) => ({ id, tool }))));
  const known = new Map<string, ComparedNames>();
  return function of(upstream) {
    const ready = known.get(upstream);
    if (ready !== undefined) return ready;
    const offered = store.of(upstream).filter((pin) => pin.kind === 'tool' && pin.offered !== null);
    const made = {
      upstream,
      siblings: bySkeleton(offered.map(({ tool }) => tool)),
      upstreams: new Set(ids.filter((id) => id !== upstream)),
      tools,
    };
    known.set(upstream, made);
    return made;
  };
}

/** Tools that an upstream has or had, and those that the configuration speaks of: it need not be up for them to count. */
function toolNames(store: DefinitionStore, cache: ValidatorCache, id: string): readonly string[] {
  return [
    ...store.of(id).flatMap(({ kind, tool }) => (kind === 'tool' ? [tool] : [])),
    ...Object.keys(cache.configured(id)?.tools ?? {}),
  ];
}

/** What a person should know before approving what is offered; empty when there is nothing. */
export function pinWarnings(
  { upstream, kind, offered, approved }: Pin,
  of: (upstream: string) => ComparedNames,
): readonly string[] {
  const copy = offered ?? approved;
  if (copy === null) return [];
  const warnings = warningsOf(copy.definition, kind, of(upstream));
  const milder = approved !== null && isMilder(copy.definition, approved.definition);
  return milder ? ['its hints say that it does less than what was approved', ...warnings] : warnings;
}
