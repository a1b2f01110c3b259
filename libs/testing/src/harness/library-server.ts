import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { completable } from '@modelcontextprotocol/sdk/server/completable.js';
import { z } from 'zod';

/** A real server of the SDK with prompts, resources, a template and completions. */
export interface LibraryServer {
  readonly url: string;
  /** Methods that reached it, with the name or URI that they were about. */
  readonly heard: string[];
  close(): Promise<void>;
}

const text = (said: string) => ({ type: 'text' as const, text: said });
const genres = ['novels', 'notes'];

function library(): McpServer {
  const server = new McpServer({ name: 'library', version: '1' });
  server.registerTool('find', { description: 'Finds a book.' }, () => ({
    content: [text('found'), { type: 'resource_link', uri: 'book://genre/1', name: 'one' }],
  }));
  server.registerTool(
    'owner_of',
    {
      description: 'Whose a genre is.',
      inputSchema: { genre: z.string() },
      outputSchema: { owner: z.string() },
      annotations: { readOnlyHint: true },
    },
    ({ genre }) => {
      const owner = new Map([
        ['novels', 'ann'],
        ['notes', 'ben'],
        ['café', 'ann'],
      ]).get(genre);
      return owner === undefined
        ? { content: [text('There is none.')], isError: true }
        : { content: [text(owner)], structuredContent: { owner } };
    },
  );
  server.registerPrompt(
    'review',
    {
      description: 'Reviews a book.',
      argsSchema: { genre: completable(z.string(), (value) => genres.filter((one) => one.startsWith(value))) },
    },
    ({ genre }) => ({
      messages: [
        { role: 'user', content: text(`Review ${genre}.`) },
        { role: 'user', content: { type: 'resource', resource: { uri: 'book://genre/1', text: 'Once.' } } },
      ],
    }),
  );
  server.registerPrompt('hidden', { description: 'Nobody’s.' }, () => ({ messages: [] }));
  server.registerResource('one', 'book://genre/1', { description: 'A book.' }, (uri) => ({
    contents: [{ uri: uri.href, mimeType: 'text/plain', text: 'Once upon a time.' }],
  }));
  server.registerResource('key', 'book://genre/key', { mimeType: 'application/x-pem-file' }, (uri) => ({
    contents: [{ uri: uri.href, text: 'Key.' }],
  }));
  server.registerResource('diary', 'book://private/diary', {}, (uri) => ({
    contents: [{ uri: uri.href, text: 'Secret.' }],
  }));
  server.registerResource(
    'genre',
    new ResourceTemplate('book://genres/{name}', {
      list: undefined,
      complete: { name: (value) => genres.filter((one) => one.startsWith(value)) },
    }),
    {},
    (uri, { name }) => ({ contents: [{ uri: uri.href, text: `All ${String(name)}.` }] }),
  );
  return server;
}

/** Starts it on a free port. */
export async function startLibraryServer(): Promise<LibraryServer> {
  const heard: string[] = [];
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') return void response.writeHead(405).end();
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const message = JSON.parse(body) as { method?: string; params?: { name?: string; uri?: string } };
    heard.push(`${message.method ?? ''} ${message.params?.name ?? message.params?.uri ?? ''}`.trim());
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
    await library().connect(transport as Parameters<McpServer['connect']>[0]);
    await transport.handleRequest(request, response, message);
  }
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    heard,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
