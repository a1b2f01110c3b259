import { sha256 } from '@sallyport/base';

/** A text for an event: one that is longer than `most` characters begins as it does and ends in its digest. */
export function shortText(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most / 2).toWellFormed()}…${sha256(text)}`;
}
