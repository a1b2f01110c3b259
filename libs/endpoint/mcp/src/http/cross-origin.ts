import type { ServerResponse } from 'node:http';

const exposed = 'mcp-session-id, www-authenticate, retry-after, dpop-nonce';
const allowed =
  'authorization, dpop, content-type, accept, last-event-id, mcp-session-id, mcp-protocol-version, mcp-method, mcp-name, traceparent';

/** Lets a page of an origin that was found good read the answer. */
export function allowOrigin(response: ServerResponse, origin: string): void {
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-expose-headers', exposed);
  response.setHeader('vary', 'origin');
}

/** Answers a browser's question whether a page of a good origin may call. */
export function answerPreflight(response: ServerResponse, requested: string | undefined): void {
  const params = (requested ?? '').toLowerCase().match(/mcp-param-[a-z0-9-]+/g) ?? [];
  response.setHeader('access-control-allow-methods', 'POST, DELETE');
  response.setHeader('access-control-allow-headers', [allowed, ...params.slice(0, 32)].join(', '));
  response.setHeader('access-control-max-age', '600');
  response.writeHead(204).end();
}
