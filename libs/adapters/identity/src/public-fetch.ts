import { lookup as dnsLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { isPrivateAddress, isPrivateHost, type Proxies } from '@sallyport/contracts';
import { Agent, type Dispatcher, EnvHttpProxyAgent, fetch as undiciFetch } from 'undici';

type Answer = (error: Error | null, addresses: LookupAddress[]) => void;
export type Lookup = (hostname: string, options: LookupOptions & { all: true }, answer: Answer) => void;
type Fetch = typeof globalThis.fetch;

/** Thrown where something would be fetched from a private address that the operator does not name. */
class PrivateAddressError extends Error {
  readonly code = 'private_address';
}

export interface PublicFetchOptions {
  readonly lookup?: Lookup;
  readonly hint?: string;
  readonly proxies?: Proxies | null;
}

/**
 * A `fetch` that reaches private addresses only at origins that the operator names. The address is looked at when the
 * connection is made and that very address is connected to, so that a name can't lead elsewhere afterwards. A proxy looks
 * names up by itself: there only a host that is private by its own words is refused.
 *
 * @param named URLs; their origins count
 * @param options.hint what to do about a refusal, for the operator
 * @param options.proxies null for none
 */
export function createPublicFetch(
  named: readonly string[],
  { lookup = dnsLookup, hint = namedIssuer, proxies = null }: PublicFetchOptions = {},
): Fetch {
  const refused = (host: string): PrivateAddressError =>
    new PrivateAddressError(`${host} is at a private address: ${hint}`);
  const agent = (options: Agent.Options): Dispatcher =>
    proxies === null ? new Agent(options) : new EnvHttpProxyAgent({ ...options, ...proxies });
  const guarded = agent({
    connect: {
      lookup(hostname, options, answer) {
        lookup(hostname, { ...options, all: true }, (error, addresses) => {
          const fault =
            error ?? (addresses.some(({ address }) => isPrivateAddress(address)) ? refused(hostname) : null);
          const [first] = addresses ?? [];
          if (fault !== null || first === undefined) answer(fault ?? refused(hostname), '', 0);
          else if (options.all === true) answer(null, addresses);
          else answer(null, first.address, first.family);
        });
      },
    },
  });
  const open = agent({});
  const origins = new Set(named.map((each) => new URL(each).origin));
  return async function fetchPublic(input, init) {
    const url = new URL(input instanceof Request ? input.url : input);
    const isNamed = origins.has(url.origin);
    if (!isNamed && isPrivateHost(url.hostname)) throw refused(url.hostname);
    const options = { ...init, dispatcher: isNamed ? open : guarded } as Parameters<typeof undiciFetch>[1];
    return (await undiciFetch(url, options)) as Awaited<ReturnType<Fetch>>;
  };
}

const namedIssuer = 'if it is meant, name it in tenants.private_issuers, or as jwks of its issuer.';
