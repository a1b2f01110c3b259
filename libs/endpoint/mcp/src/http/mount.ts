import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answersItself } from '@sallyport/service';
import { METADATA_PATH } from './challenge.ts';
import type { GatewayOptions } from '../endpoint-options.ts';
import type { HttpEndpoint } from './http-endpoint.ts';

interface WithUpstream {
  Params: { upstream?: string };
}

/** As RFC 7591 section 3.2.2 has errors. */
const noSignIn = {
  error: 'access_denied',
  error_description:
    'There is no sign-in here (identity.issuers is empty). The bearer token of the Authorization header is missing or wrong: give your client one of identity.development.users.',
};

const methods = ['GET', 'POST', 'DELETE', 'OPTIONS'] as const;

/**
 * Puts the MCP endpoint on a Fastify instance, in a scope of its own: there no body is parsed (we read the bytes
 * ourselves, and strictly), while every other route keeps its parsers. Call it before the instance is ready.
 */
export function mountGateway(
  fastify: FastifyInstance,
  endpoint: HttpEndpoint,
  { identity }: Pick<GatewayOptions['config'], 'identity'>,
): void {
  function mcp(request: FastifyRequest<WithUpstream>, reply: FastifyReply): void {
    reply.hijack();
    void endpoint.handle(request.raw, reply.raw, request.params.upstream ?? null);
  }
  function metadata(request: FastifyRequest<WithUpstream>, reply: FastifyReply): void {
    reply.hijack();
    endpoint.metadata(request.raw, reply.raw, request.params.upstream ?? null);
  }

  void fastify.register(function gatewayScope(scope, _options, done) {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
    for (const url of ['/mcp', '/mcp/', '/mcp/:upstream', '/mcp/:upstream/']) {
      scope.route<WithUpstream>({ method: [...methods], url, handler: mcp, config: answersItself });
    }
    for (const url of ['', '/mcp', '/mcp/', '/mcp/:upstream', '/mcp/:upstream/'])
      scope.get<WithUpstream>(`${METADATA_PATH}${url}`, { config: answersItself }, metadata);
    // Clients take any 401 for an invitation to register, and show what they read here.
    if (identity.issuers.length === 0)
      scope.post('/register', (_request, reply) => void reply.code(404).send(noSignIn));
    done();
  });
}
