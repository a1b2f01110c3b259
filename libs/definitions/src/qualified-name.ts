import { hash } from 'node:crypto';

/** What models and their clients take as the name of a tool. */
const usable = /^[A-Za-z0-9_-]{1,64}$/;
const MAX_LENGTH = 64;
/** What a shortened or cleaned name ends with; one that ends so by itself is mapped, too, so that the two never meet. */
const mapped = /__[0-9a-f]{10}$/;

/**
 * The name of a tool where those of all upstreams are listed together: `<upstream>__<tool>`. One that a model can't use is
 * cleaned, cut and ended with a digest of the whole, so that it is the same at every start and of one tool alone.
 */
export function qualifiedName(upstream: string, tool: string): string {
  const name = `${upstream}__${tool}`;
  if (usable.test(name) && !mapped.test(name)) return name;
  const end = `__${hash('sha256', name).slice(0, 10)}`;
  return name.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, MAX_LENGTH - end.length) + end;
}
