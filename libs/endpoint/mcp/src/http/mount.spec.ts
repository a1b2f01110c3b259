import type { IncomingMessage, ServerResponse } from 'node:http';
import fc from 'fast-check';
import fastify from 'fastify';
import type { EndpointPath } from './challenge.ts';
import { directGateway, mountGateway } from './mount.ts';

/** An endpoint that says by which path it was reached. */
const endpoint = {
  handle(_request: IncomingMessage, response: ServerResponse, path: EndpointPath): Promise<void> {
    response.writeHead(200).end(JSON.stringify(path));
    return Promise.resolve();
  },
  metadata: () => undefined,
  drain: () => Promise.resolve(),
  inFlight: 0,
};

/** Where a request is taken without Fastify; null where it is left to it. */
function direct(url: string, method = 'POST'): EndpointPath | null {
  let reached: EndpointPath | null = null;
  const take = directGateway({
    handle(_request, _response, path) {
      reached = path;
      return Promise.resolve();
    },
  });
  const taken = take({ url, method } as IncomingMessage, {} as ServerResponse);
  expect(taken).toBe(reached !== null);
  return reached;
}

describe('directGateway', () => {
  it.each([
    '/mcp/a%2Fb',
    '/mcp/a%zz',
    '/mcp//',
    '/mcp/a/b',
    '/mcp/t/a/b/c',
    '/mcp/t/',
    '/mcp/t//a',
    '/mcpx',
    '/MCP',
    'http://h/mcp',
    '/mcp#x',
    '/metrics',
    `/mcp/${'a'.repeat(257)}`,
  ])('leaves %s to the router', (url) => {
    expect(direct(url)).toBeNull();
  });

  it.each(['HEAD', 'PUT', 'PATCH', 'TRACE'])('leaves %s to the router', (method) => {
    expect(direct('/mcp', method)).toBeNull();
  });

  it.each([
    ['/mcp', null, null],
    ['/mcp/?a=/b', null, null],
    ['/mcp/shop', null, 'shop'],
    ['/mcp/t', null, 't'],
    ['/mcp/t/acme', 'acme', null],
    ['/mcp/t/acme/shop/', 'acme', 'shop'],
  ])('takes %s', (url, tenant, upstream) => {
    expect(direct(url)).toEqual({ tenant, upstream });
  });

  it('takes no request to another endpoint than the router would', async () => {
    const app = fastify();
    mountGateway(app, endpoint, { identity: { issuers: [] } });
    const piece = fc.constantFrom(
      '/',
      '//',
      '/mcp',
      '/t',
      '/shop',
      '/..',
      '/.',
      'a-b',
      '~',
      '%74',
      '%2F',
      '?',
      'x=/y',
      '#',
      ';',
    );
    const urls = fc.array(piece, { maxLength: 6 }).map((pieces) => `/mcp${pieces.join('')}`);
    await fc.assert(
      fc.asyncProperty(urls, async (url) => {
        const path = direct(url);
        if (path === null) return;
        // What injects requests resolves dots, as clients do and a router does not.
        if (url.includes('/.')) return;
        expect((await app.inject({ method: 'POST', url })).json()).toEqual(path);
      }),
      { numRuns: 2_000 },
    );
    await app.close();
  });
});
