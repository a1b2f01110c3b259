import type { KeyObject } from 'node:crypto';
import type { UpstreamAuthParts } from '@sallyport/contracts';
import { type AuthorizationServer, ClientSecretPost, type ClientAuth, PrivateKeyJwt } from 'oauth4webapi';

const curves: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };

/** How we prove who we are to an authorization server, as its metadata and the configuration say. */
export function clientAuthentication(
  { credential, method }: Pick<UpstreamAuthParts, 'credential' | 'method'>,
  server: AuthorizationServer,
): ClientAuth {
  if (typeof credential === 'string') {
    const { token_endpoint_auth_methods_supported: methods = ['client_secret_basic'] } = server;
    const isPost = methods.includes('client_secret_post') && !methods.includes('client_secret_basic');
    const chosen = method ?? (isPost ? 'client_secret_post' : 'client_secret_basic');
    return chosen === 'client_secret_post' ? ClientSecretPost(credential) : byBasic(credential);
  }
  const { key, kid } = credential;
  const named = kid === undefined ? {} : { kid };
  return PrivateKeyJwt({ key: cryptoKeyOf(key, server.token_endpoint_auth_signing_alg_values_supported), ...named });
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
