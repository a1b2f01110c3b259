import { type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import type { Proxies } from '@sallyport/contracts';

export interface ConnectionsOptions {
  readonly origin: string;
  readonly proxies: Proxies | null;
  /** How many there may be; without an end if absent. */
  readonly most?: number;
  /** Called when one has ended. */
  onLost(): void;
}

const CONNECT_TIMEOUT_MS = 5_000;

/** Connections to one origin, made as they are needed: through a proxy where the environment names one for it. */
export function connectionsTo({ origin, proxies, most, onLost }: ConnectionsOptions): Dispatcher {
  const options: Pool.Options = {
    // One request at a time on a socket: a second one on it would fail with the first.
    pipelining: 1,
    // Our own time-outs hold for the whole exchange; undici's would count from the last byte.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    ...(most === undefined ? {} : { connections: most }),
  };
  const pool = (to: string | URL, more: object): Pool => new Pool(to, more).on('disconnect', onLost);
  return proxies === null ? pool(origin, options) : new EnvHttpProxyAgent({ ...options, ...proxies, factory: pool });
}
