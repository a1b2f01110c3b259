import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  Client,
  type OAuthClientProvider,
  type OAuthTokens,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client';
import { Browser } from './browser.ts';
import { root } from './scratch.ts';

/** An authorization server that many use (oidc-provider), as a process of its own. */
export interface SignInProvider {
  readonly url: string;
  /** Registers a public client. @returns its id */
  register(redirectUri: string): Promise<string>;
  /** How often a client has had it end what somebody agreed to, by a token of it. */
  revoked(): Promise<number>;
  stop(): Promise<void>;
}

/**
 * Starts it. Everybody who signs in is `carla` of `acme`, and agrees to every scope.
 *
 * @param format of access tokens
 * @param secret of its client `sallyport`, which may ask about tokens
 * @param seconds that they hold
 */
export async function startSignInProvider(
  format: 'jwt' | 'opaque',
  secret: string,
  seconds = 300,
): Promise<SignInProvider> {
  const program = join(root, 'libs/testing/programs/sign-in-provider.mjs');
  const child = spawn(process.execPath, [program, format, secret, String(seconds)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const lines = createInterface(child.stdout);
  const url = await new Promise<string>((resolve, reject) => {
    lines.once('line', resolve);
    void ended.then(() => reject(new Error('the provider ended')));
  });
  return {
    url,
    register: (redirectUri) => register(url, redirectUri),
    revoked: async () => Number(await (await fetch(`${url}/revoked`)).text()),
    stop() {
      child.kill();
      return ended;
    },
  };
}

async function register(url: string, redirectUri: string): Promise<string> {
  const client = {
    redirect_uris: [redirectUri],
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
  };
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/reg`, { method: 'POST', headers, body: JSON.stringify(client) });
  return ((await answer.json()) as { client_id: string }).client_id;
}

/** A client of the SDK that signs in by itself, whose person agrees to all that it asks for. */
export interface SignedIn {
  readonly client: Client;
  readonly tokens: () => OAuthTokens | undefined;
  /** As the authorization server registered it. */
  readonly clientId: () => string;
  /** What came back from each sign-in. */
  readonly returned: readonly URLSearchParams[];
  /** Does what needs signing in first, or again. */
  through<T>(act: () => Promise<T>): Promise<T>;
}

const callback = 'http://127.0.0.1:1/callback';

/** What a client of the SDK keeps of its sign-in. */
class KeptSignIn implements OAuthClientProvider {
  readonly redirectUrl = callback;
  declare clientMetadataUrl?: string;
  readonly clientMetadata = {
    client_name: 'e2e',
    redirect_uris: [callback],
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
  };
  /** What came back from each sign-in. */
  readonly returned: URLSearchParams[] = [];
  #client: Kept<'clientInformation'>;
  #tokens: Kept<'tokens'>;
  #discovery: Kept<'discoveryState'>;
  #verifier = '';

  clientInformation = () => this.#client;
  saveClientInformation = (client: Kept<'clientInformation'>) => void (this.#client = client);
  tokens = () => this.#tokens;
  saveTokens = (tokens: Kept<'tokens'>) => void (this.#tokens = tokens);
  codeVerifier = () => this.#verifier;
  saveCodeVerifier = (verifier: string) => void (this.#verifier = verifier);
  discoveryState = () => this.#discovery;
  saveDiscoveryState = (state: Kept<'discoveryState'>) => void (this.#discovery = state);
  redirectToAuthorization = async (url: URL) => void this.returned.push(await browse(url));

  constructor(metadataUrl?: string) {
    if (metadataUrl !== undefined) this.clientMetadataUrl = metadataUrl;
  }
}
type Kept<Name extends 'clientInformation' | 'tokens' | 'discoveryState'> = Awaited<
  ReturnType<NonNullable<OAuthClientProvider[Name]>>
>;

/**
 * Connects a client that knows nothing but the URL of an endpoint: it registers, signs in (PKCE) and asks for a token for it.
 *
 * @param metadataUrl its id, in the place of registering
 */
export async function signIn(endpoint: string, metadataUrl?: string): Promise<SignedIn> {
  const kept = new KeptSignIn(metadataUrl);
  const { returned } = kept;
  const finish = (transport: StreamableHTTPClientTransport): Promise<void> =>
    transport.finishAuth(returned.at(-1) ?? new URLSearchParams());
  async function connect(): Promise<{ client: Client; transport: StreamableHTTPClientTransport }> {
    const client = new Client({ name: 'e2e', version: '1' });
    const transport = new StreamableHTTPClientTransport(new URL(endpoint), { authProvider: kept });
    await client.connect(transport).catch(async (error: unknown) => {
      if (!(error instanceof UnauthorizedError)) throw error;
      await finish(transport);
    });
    return { client, transport };
  }
  const first = await connect();
  const { client, transport } = returned.length > 0 ? await connect() : first;
  return {
    client,
    returned,
    tokens: kept.tokens,
    clientId: () => kept.clientInformation()?.client_id ?? '',
    async through(act) {
      try {
        return await act();
      } catch (error) {
        if (!(error instanceof UnauthorizedError)) throw error;
        await finish(transport);
        return act();
      }
    },
  };
}

/** What comes back to the client from signing in. */
async function browse(from: URL): Promise<URLSearchParams> {
  const { url, status, text } = await new Browser().open(from, callback);
  if (status !== 0) throw new Error(`sign-in ended at ${url.href} with ${status}: ${text}`);
  return url.searchParams;
}
