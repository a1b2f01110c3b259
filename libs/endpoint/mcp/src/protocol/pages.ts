import type { Ids, JsonValue, Keys, Principal, TargetKind } from '@sallyport/contracts';
import { BoundedMap, parseExact, sha256 } from '@sallyport/base';
import { createSeal } from './seal.ts';
import { subjectKey } from './sessions.ts';

/** Whose list it is, and of what. */
export interface ListOf {
  readonly principal: Principal;
  /** Null for that of all. */
  readonly upstream: string | null;
  readonly kind: TargetKind;
}

export interface Page {
  /** The JSON text of an array. */
  readonly items: string;
  /** With the cursor of the next one, where there is one. */
  readonly next: { readonly nextCursor?: string };
}

/** Parts long lists (MCP, server/utilities/pagination). */
export interface Pages {
  /**
   * The page that a cursor stands for, of a list as it is now; the first one where it is undefined. Null for a cursor that is
   * not ours, or of another subject, endpoint, kind, or list than this.
   *
   * @param list the JSON text of an array
   */
  cut(of: ListOf, list: string, cursor: JsonValue | undefined): Page | null;
}

/** Items of a page. Clients rarely ask for a second page of tools. */
const sizes: Readonly<Record<TargetKind, number>> = { tool: 1_000, prompt: 100, resource: 100, template: 100 };
/** Characters of the smallest item: `{"name":""},`. */
const LEAST = 12;
const DOMAIN = 'sallyport/list-cursor/v1';
/** Each may have megabytes. */
const MOST_KEPT = 16;

interface Parted {
  readonly pages: readonly string[];
  readonly digest: string;
}

/** Cursors are sealed, so that each gateway of the instance takes those of the others. */
export function createPages(parts: { readonly keys: Keys; readonly ids: Ids }): Pages {
  const sealing = createSeal(parts, DOMAIN);
  const kept = new BoundedMap<string, Parted>(MOST_KEPT);

  function part(list: string, size: number): Parted {
    const known = kept.get(list);
    if (known !== undefined) return known;
    const parted = { pages: pagesOf(list, size), digest: sha256(list) };
    kept.set(list, parted);
    return parted;
  }

  function cut({ principal, upstream, kind }: ListOf, list: string, cursor: JsonValue | undefined): Page | null {
    if (cursor === undefined && list.length < LEAST * sizes[kind]) return { items: list, next: {} };
    const { pages, digest } = part(list, sizes[kind]);
    const bound = { who: subjectKey(principal), upstream, kind, digest };
    const { tenant } = principal;
    const at =
      cursor === undefined ? 0 : placeIn(typeof cursor === 'string' ? sealing.open(tenant, cursor) : null, bound);
    const items = pages[at];
    if (items === undefined) return null;
    const next = at + 1 < pages.length ? { nextCursor: sealing.seal(tenant, { ...bound, at: at + 1 }) } : {};
    return { items, next };
  }

  return { cut };
}

type Bound = Readonly<Record<'who' | 'upstream' | 'kind' | 'digest', string | null>>;

function placeIn(opened: Readonly<Record<string, JsonValue>> | null, bound: Bound): number {
  const isSame = opened !== null && Object.entries(bound).every(([member, value]) => opened[member] === value);
  return isSame ? Number(opened['at']) : -1;
}

function pagesOf(list: string, size: number): readonly string[] {
  const items = parseExact(list);
  if (!Array.isArray(items) || items.length <= size) return [list];
  return Array.from({ length: Math.ceil(items.length / size) }, (_, page) =>
    JSON.stringify(items.slice(page * size, (page + 1) * size)),
  );
}
