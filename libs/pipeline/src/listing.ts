import { BoundedMap, derived } from '@sallyport/base';
import {
  type Catalog,
  type CatalogTool,
  type Gateway,
  type JsonObject,
  type PolicyStore,
  type Principal,
  principalId,
  toolTarget,
} from '@sallyport/contracts';

export interface ListingParts {
  readonly catalog: Catalog;
  readonly policies: PolicyStore;
  /** By their ids. */
  readonly upstreams: Readonly<Record<string, unknown>>;
}

const mostKept = 1_000;

/**
 * Lists the tools that some call of the principal's could be allowed to use, as JSON text, from the approved copies. The
 * text is kept per subject until the catalogue or the policies change.
 */
export function createListing({
  catalog,
  policies,
  upstreams,
}: ListingParts): (principal: Principal, upstream: string | null) => string | null {
  const kept = new BoundedMap<string, { readonly version: string; readonly text: string }>(mostKept);
  return function list(principal, upstream) {
    if (upstream !== null && !Object.hasOwn(upstreams, upstream)) return null;
    const active = policies.current(principal.tenant);
    const version = `${catalog.version} ${active.digest}`;
    const { tenant, subject } = principal;
    const key = JSON.stringify([tenant, subject.issuer, principalId(subject), subject.roles, upstream]);
    const known = kept.get(key);
    if (known?.version === version) return known.text;
    const visible = catalog
      .all()
      .filter((tool) => (upstream === null || tool.upstream === upstream) && tool.state === 'approved')
      .filter((tool) => active.visible(subject, tool) !== 'never');
    const text = JSON.stringify(visible.map((tool) => shown(tool, upstream === null)));
    kept.set(key, { version, text });
    return text;
  };
}

/** Finds tools by the names under which they are listed together. */
export function createNames(catalog: Catalog): NonNullable<Gateway['toolNamed']> {
  const byName = derived(
    () => catalog.all(),
    (tools) =>
      new Map(tools.map(({ qualified, upstream, name }) => [qualified, { upstream, target: toolTarget(name) }])),
  );
  return (qualified) => byName().get(qualified) ?? null;
}

function shown({ definition, qualified, name }: CatalogTool, qualify: boolean): JsonObject {
  return { ...definition, name: qualify ? qualified : name };
}
