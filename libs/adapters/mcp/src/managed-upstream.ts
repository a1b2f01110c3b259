import type { JsonObject, Upstream } from '@sallyport/contracts';

/** An upstream with its whole life: what `createUpstream` hands out. */
export type ManagedUpstream = Required<Upstream>;

/** What Sallyport says of itself to upstreams; self-reported, so worth nothing for their security. */
export interface ClientInfo {
  readonly name: string;
  readonly version: string;
  /** The extensions of the protocol that clients behind us may speak (`capabilities.extensions`). */
  readonly extensions?: JsonObject;
}

export const productInfo: ClientInfo = { name: 'sallyport', version: '0.0.0' };
