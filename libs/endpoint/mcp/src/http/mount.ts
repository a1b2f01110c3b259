import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answersItself, type DirectRoute } from '@sallyport/service';
import { type EndpointPath, METADATA_PATH } from './challenge.ts';
import type { GatewayOptions } from '../endpoint-options.ts';
import type { HttpEndpoint } from './http-endpoint.ts';

interface AtEndpoint {
  Params: { tenant?: string; upstream?: string };
}

/** Below `/mcp`. `/mcp/t` is the endpoint of an upstream that is called so. */
const paths = ['', '/:upstream', '/t/:tenant', '/t/:tenant/:upstream'].flatMap((path) => [
  `/mcp${path}`,
  `/mcp${path}/`,
]);

/** The same paths, as nearly every client writes them: what is percent-encoded or long, and `/mcp/t/`, is the router's to read. */
const plain = /^\/mcp(?:\/t\/([\w.~-]{1,256}))?(?:\/(?!t\/)([\w.~-]{1,256}))?\/?(?:\?|$)/;

/** As RFC 7591 section 3.2.2 has errors. */
const noSignIn = {
  error: 'access_denied',
  error_description:
    'There is no sign-in here (identity.issuers is empty). The bearer token of the Authorization header is missing or wrong: give your client one of identity.development.users.',
};

const methods = ['GET', 'POST', 'DELETE', 'OPTIONS'];

/**
 * Puts the MCP endpoint on a Fastify instance, in a scope of its own: there no body is parsed (we read the bytes
 * ourselves, and strictly), while every other route keeps its parsers. Call it before the instance is ready.
 */
export function mountGateway(
  fastify: FastifyInstance,
  endpoint: HttpEndpoint,
  { identity }: { readonly identity: Pick<GatewayOptions['config']['identity'], 'issuers'> },
): void {
  function mcp(request: FastifyRequest<AtEndpoint>, reply: FastifyReply): void {
    reply.hijack();
    void endpoint.handle(request.raw, reply.raw, pathOf(request));
  }
  function metadata(request: FastifyRequest<AtEndpoint>, reply: FastifyReply): void {
    reply.hijack();
    endpoint.metadata(request.raw, reply.raw, pathOf(request));
  }

  void fastify.register(function gatewayScope(scope, _options, done) {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
    for (const url of paths) scope.route<AtEndpoint>({ method: methods, url, handler: mcp, config: answersItself });
    for (const url of ['', ...paths])
      scope.get<AtEndpoint>(`${METADATA_PATH}${url}`, { config: answersItself }, metadata);
    // Clients take any 401 for an invitation to register, and show what they read here.
    if (identity.issuers.length === 0)
      scope.post('/register', (_request, reply) => void reply.code(404).send(noSignIn));
    done();
  });
}

/** Answers requests at plain paths without Fastify, which would read their heads once more only to hand them over. */
export function directGateway(endpoint: Pick<HttpEndpoint, 'handle'>): DirectRoute {
  return function takePlain(request, response) {
    const found = plain.exec(request.url ?? '');
    if (found === null || !methods.includes(request.method ?? '')) return false;
    const [, tenant = null, upstream = null] = found;
    void endpoint.handle(request, response, { tenant, upstream });
    return true;
  };
}

function pathOf({ params }: { params: AtEndpoint['Params'] }): EndpointPath {
  return { tenant: params.tenant ?? null, upstream: params.upstream ?? null };
}
