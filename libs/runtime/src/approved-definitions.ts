import type { Ids } from '@sallyport/contracts';
import {
  compileToolSchemas,
  createDefinitions,
  declaredProblem,
  type Definitions,
  valuesOf,
} from '@sallyport/definitions';
import { systemTenant } from './dependencies.ts';
import type { Stores } from './stores.ts';
import { systemClock } from './system.ts';

/** Approved tools as the record has them; what is offered only a gateway knows. */
export function approvedDefinitions({ journal, texts }: Pick<Stores, 'journal' | 'texts'>, ids: Ids): Definitions {
  return createDefinitions({
    journal,
    texts,
    clock: systemClock,
    ids,
    compile: compileToolSchemas,
    declaredProblem,
    valuesOf,
    systemTenant,
    assumeOffered: true,
  });
}
