import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import {
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  ReadResourceRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { createMcpHandler, Server as ModernServer } from '@modelcontextprotocol/server';

/** A real server of the SDK whose resources change, of one era. */
export interface NewsServer {
  readonly url: string;
  /** What is subscribed to now: each as often as it is. */
  subscribed(): readonly string[];
  /** Tells who is subscribed that a resource has changed. */
  update(uri: string): void;
  /** Ends every connection, as a restart does. */
  dropConnections(): void;
  close(): Promise<void>;
}

type Handle = (request: IncomingMessage, response: ServerResponse) => unknown;
type Behaviour = Pick<NewsServer, 'subscribed' | 'update'> & { readonly handle: Handle };

const info = { name: 'news', version: '1' };
const capabilities = { tools: {}, resources: { subscribe: true } };
const resources = [{ uri: 'news://open/1', name: 'one' }];
const contentsOf = (uri: string) => ({ contents: [{ uri, text: 'News.' }] });

function legacy(): Behaviour {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const servers = new Map<Server, Set<string>>();

  function open(): Server {
    const server = new Server(info, { capabilities });
    const uris = new Set<string>();
    servers.set(server, uris);
    server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [] }));
    server.setRequestHandler(ListResourcesRequestSchema, () => ({ resources }));
    server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({ resourceTemplates: [] }));
    server.setRequestHandler(ReadResourceRequestSchema, ({ params: { uri } }) => contentsOf(uri));
    server.setRequestHandler(SubscribeRequestSchema, ({ params: { uri } }) => (uris.add(uri), {}));
    server.setRequestHandler(UnsubscribeRequestSchema, ({ params: { uri } }) => (uris.delete(uri), {}));
    return server;
  }

  return {
    async handle(request, response) {
      const id = String(request.headers['mcp-session-id'] ?? '');
      const known = sessions.get(id);
      if (known !== undefined) return known.handleRequest(request, response);
      if (id !== '') return response.writeHead(404).end();
      const transport = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (made) => void sessions.set(made, transport),
      });
      await open().connect(transport as Parameters<Server['connect']>[0]);
      await transport.handleRequest(request, response);
    },
    subscribed: () => [...servers.values()].flatMap((uris) => [...uris]),
    update(uri) {
      for (const [server, uris] of servers)
        if (uris.has(uri)) server.sendResourceUpdated({ uri }).catch(() => undefined);
    },
  };
}

function modern(): Behaviour {
  const handler = createMcpHandler(
    () => {
      const server = new ModernServer(info, { capabilities });
      server.setRequestHandler('tools/list', () => ({ tools: [] }));
      server.setRequestHandler('resources/list', () => ({ resources }));
      server.setRequestHandler('resources/templates/list', () => ({ resourceTemplates: [] }));
      server.setRequestHandler('resources/read', ({ params: { uri } }) => contentsOf(uri));
      return server;
    },
    { legacy: 'reject' },
  );
  const serveModern = toNodeHandler(handler) as Handle;
  const open: string[] = [];
  return {
    async handle(request, response) {
      if (request.headers['mcp-method'] !== 'subscriptions/listen') return serveModern(request, response);
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const message = JSON.parse(body) as { params: { notifications: { resourceSubscriptions?: string[] } } };
      const uris = message.params.notifications.resourceSubscriptions ?? [];
      open.push(...uris);
      response.on('close', () => uris.forEach((uri) => open.splice(open.indexOf(uri), 1)));
      return (serveModern as (...given: unknown[]) => unknown)(request, response, message);
    },
    subscribed: () => [...open],
    update: (uri) => handler.notify.resourceUpdated(uri),
  };
}

/** Starts it on a free port. */
export async function startNewsServer(era: 'legacy' | 'modern'): Promise<NewsServer> {
  const { handle, ...behaviour } = { legacy, modern }[era]();
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    ...behaviour,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    dropConnections: () => server.closeAllConnections(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
