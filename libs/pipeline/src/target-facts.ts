import { type Call, type Catalog, type JsonObject, type ResourceFact, targetFact } from '@sallyport/contracts';
import { type Effort, matchesTemplate } from './uri-template.ts';

/** What finding templates may cost in one go: a tenth of a second, which honest lists are far from. */
const MOST_EFFORT = 3_000_000;

export interface OfferedParts {
  readonly catalog: Pick<Catalog, 'all'>;
  /** The single resources that an upstream listed last, by URI; the same map until it lists others. Nobody approved their texts. */
  readonly listed: (upstream: string) => ReadonlyMap<string, JsonObject>;
}

/**
 * What a call is of, as policies see it, where it is no tool. A URI is taken as it is sent; the guard `normal-form` refuses those that
 * have another spelling. Null for a tool.
 *
 * @param effort shared by those that are found in one go; behind it no more templates are found
 */
export function targetFactOf(
  { upstream, target }: Pick<Call, 'upstream' | 'target'>,
  { catalog, listed }: OfferedParts,
  effort: Effort = effortForAll(),
): ResourceFact | null {
  if (target.kind !== 'resource') return targetFact(upstream, target);
  const mime = listed(upstream).get(target.name)?.['mimeType'];
  const template = templateOf(upstream, target.name, catalog, effort);
  return targetFact(upstream, target, { template, ...(typeof mime === 'string' && { mime }) });
}

/** The effort of finding what some calls are of, in one go. */
export function effortForAll(): Effort {
  return { left: MOST_EFFORT };
}

/** The first approved template of the upstream that has the URI; empty for none. */
function templateOf(upstream: string, uri: string, catalog: Pick<Catalog, 'all'>, effort: Effort): string {
  return templatesOf(catalog.all(), upstream).find((template) => matchesTemplate(template, uri, effort)) ?? '';
}

const kept = new WeakMap<ReturnType<Catalog['all']>, ReadonlyMap<string, readonly string[]>>();

/** The approved templates of an upstream, sorted out once for each state of the catalogue. */
function templatesOf(all: ReturnType<Catalog['all']>, upstream: string): readonly string[] {
  const known = kept.get(all);
  if (known !== undefined) return known.get(upstream) ?? [];
  const approved = all.filter(({ kind, state }) => kind === 'template' && state === 'approved');
  const byUpstream = Map.groupBy(approved, (one) => one.upstream);
  kept.set(all, new Map([...byUpstream].map(([id, templates]) => [id, templates.map(({ name }) => name)])));
  return templatesOf(all, upstream);
}
