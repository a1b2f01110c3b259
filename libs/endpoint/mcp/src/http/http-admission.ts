import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Config, type Identity, type IdentityRefusal, perSecond, type Principal } from '@sallyport/contracts';
import { addressKey, createHostCheck, requestFault } from '@sallyport/service';
import { errorCodes, errorText } from '@sallyport/mcp';
import { type BucketSize, createTokenBuckets } from '@sallyport/base';
import {
  challenge,
  challengeText,
  type EndpointName,
  type EndpointPath,
  resourceMetadata,
  resourceOf,
  type SignIn,
} from './challenge.ts';
import { allowOrigin } from './cross-origin.ts';
import { headFault } from './http-faults.ts';
import { sendJson } from './http-reply.ts';
import type { GatewayOptions } from '../endpoint-options.ts';
import { sendOverload } from './overload.ts';
import type { Arrival } from '../protocol/mcp-client.ts';
import { subjectKey } from '../protocol/sessions.ts';

/** What every request passes before a byte of its body is read. */
export interface HttpAdmission {
  /** What is ambiguous, Host and Origin; false where the request was turned away and answered. */
  admit(request: IncomingMessage, response: ServerResponse): boolean;
  /** Who asks; null where the request was turned away and answered. */
  identify(request: IncomingMessage, response: ServerResponse, path: EndpointPath): Promise<Principal | null>;
  /** Counts further requests of the same caller: 0, or the milliseconds to wait. */
  charge(principal: Principal, requests: number): number;
  metadata(request: IncomingMessage, response: ServerResponse, path: EndpointPath): void;
  /** What a client is told whose token lacks scopes. */
  readonly scopeChallenge: ScopeChallenge;
}

/**
 * What `WWW-Authenticate` says where a token lacks scopes: those that it has are named as well, since a client that asks for
 * the new ones alone would lose them.
 */
export type ScopeChallenge = (
  arrival: Pick<Arrival, 'principal'> & { readonly request: IncomingMessage; readonly path: EndpointPath },
  scopes: readonly string[],
) => string;

/**
 * Counts failed authentications by address, wherever tokens are taken.
 *
 * @returns 0, or the milliseconds that the address has to wait
 */
export function countFailures({
  clock,
  floods,
}: Pick<GatewayOptions, 'clock' | 'floods'>): (address: string | undefined) => number {
  const addresses = createTokenBuckets(clock, () => sizeOf(floods().failures));
  return (address) => addresses.take(addressKey(address));
}

export function createHttpAdmission(options: GatewayOptions): HttpAdmission {
  const { config, identity, clock, floods } = options;
  const signIn: SignIn = { config, issuersFor: options.issuersFor ?? (() => config.identity.issuers) };
  const checkHost = createHostCheck(config);
  const subjects = createTokenBuckets(clock, () => sizeOf(floods().requests));
  const failures = countFailures({ clock, floods });

  function admit(request: IncomingMessage, response: ServerResponse): boolean {
    const { host, origin } = request.headers;
    const head = requestFault(request);
    if (head !== null) {
      response.setHeader('connection', 'close'); // what follows may be meant differently, too
      sendJson(response, head.status, errorText(null, headFault(head)));
      return false;
    }
    const fault = checkHost(host, origin);
    if (fault === null) {
      if (origin !== undefined) allowOrigin(response, origin);
      return true;
    }
    const message = fault === 'forbidden_host' ? 'Forbidden host' : 'Forbidden origin';
    sendJson(response, 403, errorText(null, { code: errorCodes.invalidRequest, message }));
    return false;
  }

  async function identify(
    request: IncomingMessage,
    response: ServerResponse,
    path: EndpointPath,
  ): Promise<Principal | null> {
    const name = nameOf(request, path);
    const url = resourceOf(config, name);
    const { authorization, dpop: proof } = request.headers;
    const shown = { method: request.method ?? '', url, proof, tenant: path.tenant };
    tellNonce(response, authorization, identity);
    const isAll = path.tenant === null && path.upstream === null;
    const known = await identity.authenticate(authorization, isAll ? undefined : url, shown);
    const answer = 'error' in known ? known : (strangerAt(path, known) ?? known);
    if ('error' in answer) return turnAway(answer, name, response, failures(request.socket.remoteAddress));
    const waitMs = charge(answer, 1);
    if (waitMs === 0) return answer;
    sendOverload(response, { setting: 'floods.requests', waitMs });
    return null;
  }

  const charge = (principal: Principal, requests: number): number => subjects.take(subjectKey(principal), requests);

  function turnAway(refusal: IdentityRefusal, name: EndpointName, response: ServerResponse, waitMs: number): null {
    if (waitMs > 0) sendOverload(response, { setting: 'floods.failures', waitMs });
    else challenge(response, refusal, signIn, name);
    return null;
  }

  function metadata(request: IncomingMessage, response: ServerResponse, path: EndpointPath): void {
    if (admit(request, response)) sendJson(response, 200, resourceMetadata(signIn, nameOf(request, path)));
  }

  const scopeChallenge: ScopeChallenge = ({ principal, path, request }, scopes) => {
    const scope = [...new Set([...(principal.subject.scopes ?? []), ...scopes])].join(' ');
    const refusal = { error: 'insufficient_scope', description: 'The token lacks a scope.', scope } as const;
    return challengeText(refusal, signIn, nameOf(request, path));
  };

  return { admit, identify, charge, metadata, scopeChallenge };
}

/** Has the client know what its next proof needs. */
function tellNonce(response: ServerResponse, authorization = '', identity: Pick<Identity, 'nonce'>): void {
  const nonce = /^dpop /i.test(authorization) ? identity.nonce?.() : null;
  if (nonce != null) response.setHeader('dpop-nonce', nonce);
}

function nameOf({ headers }: IncomingMessage, path: EndpointPath): EndpointName {
  return { host: headers.host ?? '', ...path };
}

/** Why somebody may not come in at the endpoint of a tenant: whatever tenant that is, and whether or not there is such a one. */
function strangerAt({ tenant }: EndpointPath, principal: Principal): IdentityRefusal | null {
  return tenant === null || tenant === principal.tenant ? null : otherTenant;
}

const otherTenant: IdentityRefusal = {
  status: 401,
  error: 'invalid_token',
  description: 'The token is of another tenant than this endpoint (/mcp/t/<tenant>): use that of its own, or /mcp.',
};

function sizeOf({ rate, burst }: Config['floods']['requests']): BucketSize {
  return { rate: perSecond(rate), burst };
}
