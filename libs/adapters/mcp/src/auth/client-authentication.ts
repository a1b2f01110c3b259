import type { KeyObject } from 'node:crypto';
import type { SigningKey, UpstreamAuthParts } from '@sallyport/contracts';
import { type AuthorizationServer, ClientSecretPost, type ClientAuth, None, PrivateKeyJwt } from 'oauth4webapi';

/** An OAuth client, as one authorization server knows it. */
export interface OAuthClient {
  readonly client_id: string;
  /** Null for a public client, which proves nothing. */
  readonly credential: string | SigningKey | null;
  /** How the secret is shown; as the metadata say if absent. */
  readonly method?: UpstreamAuthParts['method'];
}

const curves: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };

/** How we prove who we are to an authorization server, as its metadata and the configuration say. */
export function clientAuthentication(
  { credential, method }: Pick<OAuthClient, 'credential' | 'method'>,
  server: AuthorizationServer,
): ClientAuth {
  if (credential === null) return None();
  if (typeof credential === 'string') {
    const chosen = method ?? secretMethod(server.token_endpoint_auth_methods_supported);
    return chosen === 'client_secret_post' ? ClientSecretPost(credential) : byBasic(credential);
  }
  const { key, kid } = credential;
  const named = kid === undefined ? {} : { kid };
  return PrivateKeyJwt({ key: cryptoKeyOf(key, server.token_endpoint_auth_signing_alg_values_supported), ...named });
}

/** How a secret is shown to an authorization server that takes these methods. */
export function secretMethod(
  methods: readonly string[] = ['client_secret_basic'],
): 'client_secret_basic' | 'client_secret_post' {
  const isPost = methods.includes('client_secret_post') && !methods.includes('client_secret_basic');
  return isPost ? 'client_secret_post' : 'client_secret_basic';
}

/**
 * RFC 6749 section 2.3.1: form-encoded, and no more than that takes. The library writes `-` as `%2D`, too, and many servers don’t
 * decode what they get.
 */
function byBasic(secret: string): ClientAuth {
  return (_, { client_id: id }, __, headers) =>
    headers.set('authorization', `Basic ${btoa(`${formEncoded(id)}:${formEncoded(secret)}`)}`);
}

function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}

/** RS256 for RSA keys, or PS256 where it alone is taken. */
function cryptoKeyOf(key: KeyObject, algorithms: readonly string[] = []): ReturnType<KeyObject['toCryptoKey']> {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'ed25519') return key.toCryptoKey({ name: 'Ed25519' }, false, ['sign']);
  if (type === 'ec')
    return key.toCryptoKey({ name: 'ECDSA', namedCurve: curves[details?.namedCurve ?? ''] ?? '' }, false, ['sign']);
  const isPss = algorithms.includes('PS256') && !algorithms.includes('RS256');
  const name = isPss ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5';
  return key.toCryptoKey({ name, hash: 'SHA-256' }, false, ['sign']);
}
