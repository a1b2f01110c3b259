import { elicitation } from './elicitation.ts';
import type { RequestKind } from './reading.ts';
import { roots } from './roots.ts';
import { sampling } from './sampling.ts';

const kinds = new Map<string, RequestKind>([sampling, elicitation, roots].map((kind) => [kind.method, kind]));

/** The kind of request that a method is; undefined for what no client is ever asked. */
export function kindOf(method: string): RequestKind | undefined {
  return kinds.get(method);
}
