import {
  allowInsecureRequests,
  customFetch,
  DPoP,
  type DPoPHandle,
  generateKeyPair,
  isDPoPNonceError,
  modifyAssertion,
  protectedResourceRequest,
} from 'oauth4webapi';

/** The private key to which tokens are bound (RFC 9449), as a JWK. It is kept where they are, and shown to nobody. */
export type DpopKey = Readonly<Record<string, string>>;

/** What servers want to see in the next proof, by their origin. One for all keys: nonces are of servers, not of callers. */
export type Nonces = Map<string, string>;

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' };

export async function createDpopKey(): Promise<DpopKey> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const { kty = '', crv = '', x = '', y = '', d = '' } = await crypto.subtle.exportKey('jwk', privateKey);
  return { kty, crv, x, y, d };
}

/** What a request shows with a token that is bound to no key. */
export function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

/** The proofs with one key: that who shows a token is who asked for it. */
export class DpopProofs {
  /** For requests to token endpoints. */
  readonly handle: DPoPHandle;

  private constructor(handle: DPoPHandle) {
    this.handle = handle;
  }

  static async of(key: DpopKey, nonces: Nonces): Promise<DpopProofs> {
    const { kty = '', crv = '', x = '', y = '' } = key;
    const [privateKey, publicKey] = await Promise.all([
      crypto.subtle.importKey('jwk', key, ALGORITHM, false, ['sign']),
      crypto.subtle.importKey('jwk', { kty, crv, x, y }, ALGORITHM, true, ['verify']),
    ]);
    const handle = DPoP(
      {},
      { privateKey, publicKey },
      {
        [modifyAssertion]: (_, payload) => {
          const nonce = nonces.get(new URL(String(payload['htu'])).origin);
          if (nonce !== undefined) payload['nonce'] = nonce;
        },
      },
    );
    return new DpopProofs(handle);
  }

  /** What one request shows: the token, and a proof for it and no other request. */
  async headers(token: string, method: string, url: URL): Promise<Record<string, string>> {
    const shown: Record<string, string> = {};
    // The library sends requests of its own: this one goes nowhere.
    const catchHeaders = async (_: string, { headers }: { headers: Record<string, string> }): Promise<Response> => {
      for (const name of ['authorization', 'dpop']) shown[name] = new Headers(headers).get(name) ?? '';
      return new Response();
    };
    await protectedResourceRequest(token, method, url, undefined, null, {
      DPoP: this.handle,
      [customFetch]: catchHeaders,
      [allowInsecureRequests]: true,
    });
    return shown;
  }
}

/** Asks once more where a server wants to see a nonce of its own, which the proofs have taken over by then. */
export function withNonce<T>(ask: () => Promise<T>): Promise<T> {
  return ask().catch((error: unknown) => {
    if (isDPoPNonceError(error)) return ask();
    throw error;
  });
}
