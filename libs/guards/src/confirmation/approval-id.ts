import type { Ids } from '@sallyport/contracts';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 6;

/** `A-` and six characters of Crockford's base 32: short enough to type. A clash is found by the stream's version. */
export function approvalId({ random }: Pick<Ids, 'random'>): string {
  const bytes = Buffer.from(random(LENGTH), 'base64url');
  if (bytes.length < LENGTH) throw new RangeError('too few random bytes for the id of an approval');
  const characters = [...bytes.subarray(0, LENGTH)].map((byte) => CROCKFORD[byte & 31]);
  return `A-${characters.join('')}`;
}
