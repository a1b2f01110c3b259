import { derived } from '@sallyport/base';
import {
  type Catalog,
  type CatalogTool,
  type Gateway,
  type JsonObject,
  listings,
  type PolicyStore,
  principalId,
  type TargetKind,
  targetKinds,
  withQualifiedUris,
} from '@sallyport/contracts';
import { createKeptLists } from './kept-lists.ts';
import { createReadable, type ReadableParts } from './readable.ts';

export interface ListingParts extends ReadableParts {
  readonly catalog: Catalog;
  readonly policies: PolicyStore;
  /** By their ids. */
  readonly upstreams: Readonly<Record<string, unknown>>;
}

/** Lists of each kind: as many as clients may follow, so that none of those is made again each time that it is compared. */
const mostKept = 1_000;
/** Of one kind, together. */
const mostCharacters = 64 * 1024 * 1024;

/**
 * Lists what of a kind some call of the principal's could be allowed to use, as JSON text, from the approved copies. The
 * text is kept per subject until the catalogue or the policies change.
 */
export function createListing(parts: ListingParts): Gateway['list'] {
  const { catalog, policies, upstreams } = parts;
  const readable = createReadable(parts);
  const kept = new Map(targetKinds.map((kind) => [kind, createKeptLists(mostKept, mostCharacters)]));
  return function list(principal, upstream, kind) {
    if (upstream !== null && !Object.hasOwn(upstreams, upstream)) return null;
    const active = policies.current(principal.tenant);
    const version = `${catalog.version} ${active.digest}`;
    const { tenant, subject } = principal;
    const { issuer, roles, scopes, actors } = subject;
    const key = JSON.stringify([tenant, issuer, principalId(subject), roles, { scopes, actors }, upstream]);
    const known = kept.get(kind)?.get(key);
    if (known?.version === version) return known.text;
    const visible = catalog
      .all()
      .filter(
        (one) => one.kind === kind && (upstream === null || one.upstream === upstream) && one.state === 'approved',
      )
      .filter((tool) => active.visible(subject, tool) !== 'never');
    const items =
      kind === 'resource'
        ? visible.flatMap((entry) => readable(active, subject, entry).map(resourceItem(upstream, entry)))
        : visible.map(upstream === null ? qualifiedItem : ownItem);
    const text = JSON.stringify(items);
    kept.get(kind)?.set(key, { version, text });
    return text;
  };
}

/** Finds tools and prompts by the names under which they are listed together. */
export function createNames(catalog: Catalog): NonNullable<Gateway['named']> {
  const byName = derived(
    () => catalog.all(),
    (all) =>
      new Map(
        all.map(({ kind, qualified, upstream, name }) => [
          keyOf(kind, qualified),
          { upstream, target: { kind, name } },
        ]),
      ),
  );
  return (kind, qualified) => byName().get(keyOf(kind, qualified)) ?? null;
}

function keyOf(kind: TargetKind, qualified: string): string {
  return `${kind} ${qualified}`;
}

function resourceItem(asked: string | null, { upstream, kind }: CatalogTool): (item: JsonObject) => JsonObject {
  return (item) => (asked === null ? withQualifiedUris(upstream, kind, item) : item);
}

/** An item as it is listed by its own upstream: under the name by which it is called, whatever its text says. */
function ownItem({ kind, definition, name }: CatalogTool): JsonObject {
  return { ...definition, [listings[kind].key]: name };
}

function qualifiedItem(tool: CatalogTool): JsonObject {
  const { kind, upstream, qualified } = tool;
  const item = withQualifiedUris(upstream, kind, ownItem(tool));
  return listings[kind].key === 'name' ? { ...item, name: qualified } : item;
}
