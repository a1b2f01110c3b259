import type { IncomingHttpHeaders } from 'node:http';
import { customFetch, protectedResourceRequest, WWWAuthenticateChallengeError } from 'oauth4webapi';

/** What a server says of the token that it wants (RFC 6750 section 3, RFC 9728 section 5.1). */
export interface Challenge {
  /** Where it describes itself; null where it does not say. */
  readonly metadata: string | null;
  readonly scopes: readonly string[];
  readonly error: string | null;
  /** Whether it wants tokens that are bound to a key, with a proof (RFC 9449 section 7.1), and no others. */
  readonly isDpop: boolean;
}

const none: Challenge = { metadata: null, scopes: [], error: null, isDpop: false };
/** The library reads the answer to a request of its own; none is made. */
const noServer = new URL('https://server.invalid');

/** Reads the `Bearer` or `DPoP` challenge of a refusal. Never throws: what can't be read says nothing. */
export async function challengeOf({ 'www-authenticate': text }: IncomingHttpHeaders): Promise<Challenge> {
  if (text === undefined) return none;
  const answer = new Response(null, { status: 401, headers: { 'www-authenticate': [text].flat().join(', ') } });
  try {
    await protectedResourceRequest('none', 'GET', noServer, undefined, null, { [customFetch]: async () => answer });
  } catch (error) {
    if (error instanceof WWWAuthenticateChallengeError) return wantedOf(error);
  }
  return none;
}

/** Who takes both gets bearer tokens: the one kind that all take. */
function wantedOf({ cause }: WWWAuthenticateChallengeError): Challenge {
  const [bearer, dpop] = ['bearer', 'dpop'].map((name) => cause.find(({ scheme }) => scheme === name));
  const { resource_metadata: metadata = null, scope, error = null } = (bearer ?? dpop)?.parameters ?? {};
  return { metadata, scopes: scopesIn(scope), error, isDpop: bearer === undefined && dpop !== undefined };
}

/** The scopes of one text (RFC 6749 section 3.3). */
export function scopesIn(text = ''): readonly string[] {
  return [...new Set(text.split(' ').filter((scope) => scope !== ''))];
}
