import type { ClientRequestParts } from '@sallyport/pipeline';
import type { Logger } from '@sallyport/service';

/** More kinds of refusals than this come of an upstream that makes them up. */
const MOST = 1_000;

/** One line for each upstream, method and reason: the record has them all. */
export function refusedClientRequests(logger: Logger): ClientRequestParts['refused'] {
  const told = new Set<string>();
  return function refused(upstream, method, { reason, says }) {
    const key = `${upstream} ${method} ${reason}`;
    if (told.has(key) || told.size >= MOST) return;
    told.add(key);
    logger.warn('request of an upstream to a client refused', { upstream, method, reason, hint: says });
  };
}
