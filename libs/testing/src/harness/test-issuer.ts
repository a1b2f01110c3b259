import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

/** A real OpenID Connect issuer on loopback: discovery, JWKS with rotation, signed tokens. */
export interface Issuer {
  readonly url: string;
  /** A token with these claims over good ones. */
  token(claims?: Record<string, unknown>, header?: { readonly alg?: string; readonly kid?: string }): Promise<string>;
  /** Takes a new key; the old one is published no more. */
  rotate(): Promise<void>;
  /** How often its keys were asked for. */
  asked(): number;
  close(): Promise<void>;
}

interface Key {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

async function newKey(kid: string): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } };
}

/** Starts it; `audience` is what good tokens name. */
export async function startIssuer(audience: string): Promise<Issuer> {
  let key = await newKey('k1');
  let asked = 0;
  const server = createServer((request, response) => {
    const discovery = { issuer: url(), jwks_uri: `${url()}/keys` };
    if (request.url === '/keys') asked += 1;
    const body = request.url === '/keys' ? { keys: [key.jwk] } : discovery;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = (): string => `http://127.0.0.1:${port}`;
  return {
    url: url(),
    asked: () => asked,
    token(claims = {}, header = {}) {
      const now = Math.floor(Date.now() / 1000);
      const good = { iss: url(), aud: audience, sub: 'carla', org: 'acme', roles: ['staff'], iat: now, exp: now + 300 };
      const kid = header.kid ?? key.kid;
      return new SignJWT({ ...good, ...claims })
        .setProtectedHeader({ alg: 'ES256', kid, typ: 'at+jwt' })
        .sign(key.privateKey);
    },
    async rotate() {
      key = await newKey(`k${Math.random()}`);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
