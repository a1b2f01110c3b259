import type { Keys } from '@sallyport/contracts';
import { hmacSha256 } from '@sallyport/base';
import type { Person } from './browser-state.ts';

/** The parameter that says whom a link was made for. */
export const WHOM = 'for';
const LENGTH = 32;

/** Says of somebody only whether a link was made for them. */
export function whomOf(keys: Pick<Keys, 'digestKey'>, { tenant, subject }: Person): string {
  const digest = hmacSha256(keys.digestKey(tenant), JSON.stringify(['connect', subject.issuer, subject.id]));
  return digest.slice(digest.indexOf(':') + 1).slice(0, LENGTH);
}

/** Where somebody signs in at an upstream. It is of no use to others: who opens it has to be the same person. */
export function connectLink(base: string, upstream: string, whom: string): string {
  return `${base}/connect/${encodeURIComponent(upstream)}?${WHOM}=${whom}`;
}
