import { read } from '../tree.ts';
import type { FeedContract } from './feed-contract.ts';

/** The contract as it was released last; `write-released.ts` writes it. */
export const RELEASED = 'docs/reference/released/asyncapi-v1.json';

/** @throws Error if there is no such file */
export function releasedContract(): FeedContract {
  return JSON.parse(read(RELEASED)) as FeedContract;
}
