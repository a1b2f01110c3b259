import { derived } from '@sallyport/base';
import {
  type Catalog,
  type CatalogTool,
  type Gateway,
  hasView,
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

/** Finds tools and prompts by the names under which they are listed together, and tools that views call by their own. */
export function createNames(catalog: Catalog): NonNullable<Gateway['named']> {
  const byName = derived(
    () => catalog.all(),
    (all) =>
      new Map(
        [
          ...calledByViews(all).map((tool) => [tool.name, tool] as const),
          ...all.map((tool) => [tool.qualified, tool] as const),
        ].map(([called, { kind, upstream, name }]) => [keyOf(kind, called), { upstream, target: { kind, name } }]),
      ),
  );
  return (kind, qualified) => byName().get(keyOf(kind, qualified)) ?? null;
}

/**
 * A view knows the tools of its server by the names that they have there, and hosts pass these on (MCP Apps). They say which tool is meant
 * where one server with views has a tool of that name.
 */
function calledByViews(all: readonly CatalogTool[]): readonly CatalogTool[] {
  const tools = all.filter(({ kind, definition }) => kind === 'tool' && definition !== null);
  const withViews = new Set(tools.filter((tool) => hasView(tool.definition ?? {})).map(({ upstream }) => upstream));
  const byName = Map.groupBy(
    tools.filter(({ upstream }) => withViews.has(upstream)),
    ({ name }) => name,
  );
  return [...byName.values()].filter(({ length }) => length === 1).flat();
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
