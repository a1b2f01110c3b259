import type { Call, ClientRequestsConfig, Counters, LimitCheck } from '@sallyport/contracts';
import { type NotAsked, notAsked } from './reading.ts';

/** Says whether there is room for one more request of a call; null where there is. */
export type Admit = (granted: ClientRequestsConfig, bytes: number) => Promise<NotAsked | null>;

/**
 * Bounds what reaches one person: requests of one call, requests of one upstream, and how large each is.
 *
 * @param before requests of the call in earlier rounds
 */
export function admission({ counters }: { readonly counters: Counters }, call: Call, before: number): Admit {
  let admitted = before;

  return async function admit(granted, bytes) {
    if (bytes > granted.max_bytes)
      return notAsked('too_large', `A request may have ${granted.max_bytes} bytes (client_requests.max_bytes).`);
    if (admitted >= granted.per_call)
      return notAsked('too_many', `One call may ask ${granted.per_call} times (client_requests.per_call).`);
    admitted += 1;
    try {
      const limits = [rateOf(granted, call)];
      const answer = await counters.reserve({ tenant: call.tenant, id: `${call.callId}/asks/${admitted}`, limits });
      return answer.ok ? null : notAsked('rate_exceeded', 'This client was asked too often (client_requests.rate).');
    } catch {
      return notAsked('limits_unavailable', 'Requests can not be counted now.');
    }
  };
}

/** Each part of the key has its length in front, so that none can be spelled to run into the next. */
function rateOf({ rate }: ClientRequestsConfig, { upstream, subject }: Call): LimitCheck {
  const key = ['client_requests', upstream, subject.issuer, subject.id]
    .map((part) => `${part.length}:${part}`)
    .join('');
  const { count, periodMs } = rate;
  return { id: 'client_requests', key, kind: 'rate', settle: 'attempt', max: count, periodMs, burst: count, cost: 1 };
}
