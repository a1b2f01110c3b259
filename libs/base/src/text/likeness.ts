import { latinLowerCase } from './look-alikes.ts';

/**
 * What a reader takes a name for: two names of the same likeness may be one person's. Case, width, white space, characters
 * that can't be seen, and letters of other scripts that look Latin do not count.
 */
export function likeness(name: string): string {
  const composed = name
    .normalize('NFKC')
    .replaceAll(/[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800\u{13441}\u{13442}\u{16fe4}\u{1d159}]/gu, '');
  return latinLowerCase(composed).normalize('NFKC');
}
