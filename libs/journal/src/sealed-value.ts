import { commitment } from '@sallyport/base';
import type { Ids, NewEvent, SealedValue } from '@sallyport/contracts';

/** A value and its salt, which are kept beside the journal, and the commitment that an event carries. */
export interface Sealed {
  readonly salt: string;
  readonly value: string;
  readonly commitment: string;
}

/** Seals a value under a fresh salt of 32 bytes. */
export function seal({ ids }: { readonly ids: Pick<Ids, 'random'> }, value: string): Sealed {
  const salt = ids.random(32);
  return { salt, value, commitment: commitment(salt, value) };
}

/** Where a value is kept: beside the event that carries the commitment in `field`, under the key of a subject. */
export interface SealedPlace {
  readonly event: Pick<NewEvent, 'id'>;
  readonly field: string;
  /** Pseudonym. */
  readonly subject: string;
}

/** The row for the commit of that event. */
export function sealedIn({ event: { id }, field, subject }: SealedPlace, { salt, value }: Sealed): SealedValue {
  return { event: id, field, subject, salt, value };
}
