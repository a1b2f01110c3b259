import type { CatalogTool, JsonObject, Policies, Sanitize, Subject } from '@sallyport/contracts';
import { effortForAll, type OfferedParts, targetFactOf } from './target-facts.ts';

export interface ReadableParts extends OfferedParts {
  readonly sanitize: Sanitize;
}

/**
 * Finds the listed resources of an upstream that a subject could be allowed to read, each by its URI. Their texts are sanitized; one
 * whose URI would have to be changed is left out.
 */
export function createReadable({
  catalog,
  listed,
  sanitize,
}: ReadableParts): (active: Policies, subject: Subject, entry: CatalogTool) => readonly JsonObject[] {
  const cleaned = new WeakMap<ReturnType<OfferedParts['listed']>, readonly JsonObject[]>();

  function clean(upstream: string): readonly JsonObject[] {
    const given = listed(upstream);
    const known = cleaned.get(given);
    if (known !== undefined) return known;
    const context = { tool: null, what: 'message', reference: '', upstream } as const;
    const made = [...given.values()].flatMap((item) => {
      const { value } = sanitize(item, context);
      return value['uri'] === item['uri'] ? [value] : [];
    });
    cleaned.set(given, made);
    return made;
  }

  return function readable(active, subject, entry) {
    const { upstream } = entry;
    const effort = effortForAll();
    return clean(upstream).filter(({ uri }) => {
      const target = { kind: 'resource', name: String(uri) } as const;
      const fact = targetFactOf({ upstream, target }, { catalog, listed }, effort);
      return fact !== null && active.visible(subject, entry, fact) !== 'never';
    });
  };
}
