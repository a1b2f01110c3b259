import { type Call, type Catalog, type ResourceFact, targetFact } from '@sallyport/contracts';
import { matchesTemplate } from './uri-template.ts';

/**
 * What a call is of, as policies see it, where it is no tool. A URI is taken as it is sent; the guard `normal-form` refuses those that
 * have another spelling. Null for a tool.
 */
export function targetFactOf(
  { upstream, target }: Pick<Call, 'upstream' | 'target'>,
  catalog: Pick<Catalog, 'all'>,
): ResourceFact | null {
  if (target.kind !== 'resource') return targetFact(upstream, target);
  return targetFact(upstream, target, { template: templateOf(upstream, target.name, catalog) });
}

/** The first approved template of the upstream that has the URI; empty for none. */
function templateOf(upstream: string, uri: string, catalog: Pick<Catalog, 'all'>): string {
  const templates = catalog
    .all()
    .filter((one) => one.kind === 'template' && one.upstream === upstream && one.state === 'approved');
  return templates.find(({ name }) => matchesTemplate(name, uri))?.name ?? '';
}
