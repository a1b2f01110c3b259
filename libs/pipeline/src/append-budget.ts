import type { Clock, Subject } from '@sallyport/contracts';
import { createTokenBuckets } from '@sallyport/base';

/** Whose refusal is about to be recorded. */
export interface Refused {
  readonly tenant: string;
  readonly subject: Pick<Subject, 'issuer' | 'id'>;
}

/** How many refusals are recorded one by one: what is over it is counted, and recorded with its count. */
export type AppendBudget = (refused: Refused) => boolean;

/** One person's refusals of an afternoon stand one by one; those of a program that does nothing else do not. */
const perSubject = { rate: 5, burst: 200 };
/** Many people of one tenant together. */
const perTenant = { rate: 50, burst: 500 };

/**
 * A budget for each subject within one for each tenant, so that no caller can fill the record.
 *
 * @returns says whether this refusal may be recorded by itself, and takes it off the budgets then
 */
export function createAppendBudget(clock: Pick<Clock, 'monotonic'>): AppendBudget {
  const subjects = createTokenBuckets(clock, () => perSubject);
  const tenants = createTokenBuckets(clock, () => perTenant);
  return ({ tenant, subject }) => subjects.take(subjectOf({ tenant, subject })) === 0 && tenants.take(tenant) === 0;
}

/** One string for each tenant, issuer and subject. */
export function subjectOf({ tenant, subject }: Refused): string {
  return JSON.stringify([tenant, subject.issuer, subject.id]);
}
