import {
  type Call,
  type Catalog,
  type CatalogTool,
  type JsonObject,
  type ResourceFact,
  targetFact,
} from '@sallyport/contracts';
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
  if (effort.left < 0) return '';
  const templates = templatesIn(catalog.all()).get(upstream) ?? [];
  return templates.find(({ name }) => matchesTemplate(name, uri, effort))?.name ?? '';
}

type Templates = ReadonlyMap<string, readonly CatalogTool[]>;

const sorted = new WeakMap<readonly CatalogTool[], Templates>();

/** The approved templates of each upstream: sorted once for each catalogue, since a list asks for every resource in it. */
function templatesIn(all: readonly CatalogTool[]): Templates {
  const known = sorted.get(all);
  if (known !== undefined) return known;
  const approved = all.filter(({ kind, state }) => kind === 'template' && state === 'approved');
  const made = Map.groupBy(approved, ({ upstream }) => upstream);
  sorted.set(all, made);
  return made;
}
