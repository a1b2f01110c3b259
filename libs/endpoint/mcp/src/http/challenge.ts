import type { ServerResponse } from 'node:http';
import {
  type Config,
  type IdentityRefusal,
  proofAlgorithms,
  publicBase,
  type TenantIssuer,
} from '@sallyport/contracts';
import { sendJson } from './http-reply.ts';

/** Where protected-resource metadata is (RFC 9728 section 3.1); the path of the resource follows. */
export const METADATA_PATH = '/.well-known/oauth-protected-resource';

/** What is told of an endpoint. */
export interface SignIn {
  readonly config: Pick<Config, 'public_url'>;
  /** The issuers that may speak for a tenant; for null those that the operator names. */
  readonly issuersFor: (tenant: string | null) => readonly Pick<TenantIssuer, 'issuer' | 'scope'>[];
}

/** An endpoint, by its path: `/mcp`, `/mcp/<upstream>`, `/mcp/t/<tenant>` or `/mcp/t/<tenant>/<upstream>`. */
export interface EndpointPath {
  /** Null where people of all tenants may come. */
  readonly tenant: string | null;
  /** Null for all upstreams together. */
  readonly upstream: string | null;
}

/** An endpoint as a request knows it: by the host that it names, and its path. */
export interface EndpointName extends EndpointPath {
  readonly host: string;
}

/** The URL that clients know us by, without the endpoint's path. */
function baseUrl({ public_url: url }: SignIn['config'], { host }: EndpointName): string {
  return publicBase(url) ?? `http://${host}`;
}

function pathOf({ tenant, upstream }: EndpointPath): string {
  const parts = [...(tenant === null ? [] : ['t', tenant]), ...(upstream === null ? [] : [upstream])];
  return ['/mcp', ...parts.map(encodeURIComponent)].join('/');
}

/** The URL by which clients know an endpoint: its resource identifier (RFC 9728 section 1.2). */
export function resourceOf(config: SignIn['config'], name: EndpointName): string {
  return baseUrl(config, name) + pathOf(name);
}

/**
 * Protected-resource metadata (RFC 9728 section 2) of an endpoint as JSON text. A tenant that there isn't has the same as one
 * without issuers of its own.
 */
export function resourceMetadata({ config, issuersFor }: SignIn, name: EndpointName): string {
  const issuers = issuersFor(name.tenant);
  const scopes = [...new Set(issuers.flatMap(({ scope }) => (scope === undefined ? [] : [scope])))];
  return JSON.stringify({
    resource: resourceOf(config, name),
    authorization_servers: issuers.map(({ issuer }) => issuer),
    bearer_methods_supported: ['header'],
    dpop_signing_alg_values_supported: proofAlgorithms,
    ...(scopes.length > 0 ? { scopes_supported: scopes } : {}),
  });
}

/** Seconds after which an issuer that gave no answer may be asked again. */
const RETRY_AFTER = '10';

/** Answers 401 or 403 with a challenge; without one where nothing that the client shows would change the answer. */
export function challenge(
  response: ServerResponse,
  refusal: IdentityRefusal,
  signIn: SignIn,
  name: EndpointName,
): void {
  if (refusal.status === 503) response.setHeader('retry-after', RETRY_AFTER);
  else response.setHeader('www-authenticate', challengeText(refusal, signIn, name));
  sendJson(response, refusal.status, JSON.stringify({ error: refusal.error, error_description: refusal.description }));
}

/**
 * What `WWW-Authenticate` says (RFC 6750 section 3, RFC 9728 section 5.1). Who showed a token that was not accepted hears
 * that one bound to a key would be, too (RFC 9449 section 7.2).
 */
export function challengeText(
  refusal: Omit<IdentityRefusal, 'status'>,
  { config, issuersFor }: SignIn,
  name: EndpointName,
): string {
  const issuers = issuersFor(name.tenant);
  const scopes = refusal.scope ?? issuers.find(({ scope }) => scope !== undefined)?.scope;
  const parameters = [`resource_metadata="${baseUrl(config, name)}${METADATA_PATH}${pathOf(name)}"`];
  const ofProof = [`algs="${proofAlgorithms.join(' ')}"`];
  if (refusal.error !== 'missing_token') {
    const faulty = faultsOfProofs.has(refusal.error) ? ofProof : parameters;
    faulty.push(`error="${refusal.error}"`, `error_description="${quotable(refusal.description)}"`);
  }
  if (scopes !== undefined) parameters.push(`scope="${quotable(scopes)}"`);
  const offersProof = refusal.error === 'invalid_token' || faultsOfProofs.has(refusal.error);
  const proof = offersProof && issuers.length > 0 ? `, DPoP ${ofProof.join(', ')}` : '';
  return `Bearer ${parameters.join(', ')}${proof}`;
}

const faultsOfProofs: ReadonlySet<IdentityRefusal['error']> = new Set(['invalid_dpop_proof', 'use_dpop_nonce']);

/** Only what may stand in a quoted parameter (RFC 6750 section 3). */
function quotable(text: string): string {
  return text.replaceAll('’', "'").replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '');
}
