import type { Ids, Journal } from '@sallyport/contracts';
import {
  compileToolSchemas,
  createDefinitions,
  declaredProblem,
  type Definitions,
  valuesOf,
} from '@sallyport/definitions';
import { systemTenant } from './dependencies.ts';
import { systemClock } from './system.ts';

/** Approved tools as the record has them; what is offered only a gateway knows. */
export function approvedDefinitions(journal: Journal, ids: Ids): Definitions {
  return createDefinitions({
    journal,
    clock: systemClock,
    ids,
    compile: compileToolSchemas,
    declaredProblem,
    valuesOf,
    systemTenant,
    assumeOffered: true,
  });
}
