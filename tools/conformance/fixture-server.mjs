import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';
import {
  NodeStreamableHTTPServerTransport,
  localhostHostValidation,
  localhostOriginValidation,
  toNodeHandler,
} from '@modelcontextprotocol/node';
import { ProtocolError, Server, createMcpHandler, isLegacyRequest } from '@modelcontextprotocol/server';
import { serveTexts } from './fixture-texts.mjs';
import { fixtureTools } from './fixture-tools.mjs';

const MAX_BODY = 4_194_304;
const info = { name: 'sallyport-conformance-fixture', version: '1.0.0' };

/**
 * The server that the conformance suite runs against, through the gateway or alone: both eras at `/mcp`.
 * Legacy clients get a session (sampling, elicitation and log levels need one), modern ones none. With one name in `eras`
 * it is a server that knows no other era. `tools` replace those of the suite. Answers `{ url, close }`.
 */
export async function startFixtureServer({ port = 0, eras = ['legacy', 'modern'], tools = fixtureTools } = {}) {
  const sessions = new Map();
  const modern = createMcpHandler(
    () =>
      makeServer(tools, {
        change: () => modern.notify.toolsChanged(),
        update: (uri) => modern.notify.resourceUpdated(uri),
      }),
    { legacy: 'reject' },
  );
  const serveModern = toNodeHandler(modern);
  const hostIsLocal = localhostHostValidation();
  const originIsLocal = localhostOriginValidation();

  async function serve(request, response) {
    if (!hostIsLocal(request, response) || !originIsLocal(request, response)) return;
    const body = request.method === 'POST' ? await readJson(request) : undefined;
    if (body === null) return refuse(response, 400, -32700, 'Parse error');
    if (!(await isLegacy(request, body, eras))) return serveModern(request, response, body);
    const transport = await transportOf(request, body, sessions, tools);
    if (transport === undefined) return refuse(response, 404, -32001, 'Session not found');
    return transport.handleRequest(request, response, body);
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error) => {
      process.stderr.write(`${error.stack}\n`);
      if (!response.headersSent) refuse(response, 500, -32603, 'Internal error');
    });
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/mcp`,
    async close() {
      await modern.close();
      for (const transport of [...sessions.values()]) await transport.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function makeServer(tools, tell) {
  const capabilities = {
    tools: { listChanged: true },
    logging: {},
    prompts: {},
    resources: { subscribe: true },
    completions: {},
  };
  const server = new Server(info, { capabilities });
  server.setRequestHandler('tools/list', () => ({ tools: Object.entries(tools).map(definition) }));
  server.setRequestHandler('tools/call', ({ params }, context) => {
    const tool = tools[params.name];
    if (tool === undefined) throw new ProtocolError(-32602, `Unknown tool: ${params.name}`);
    const declared = context.mcpReq.envelope?.['io.modelcontextprotocol/clientCapabilities'];
    const capabilities = declared ?? server.getClientCapabilities() ?? {};
    return tool.run(params.arguments ?? {}, { ...context, capabilities, ...tell });
  });
  serveTexts(server);
  return server;
}

function definition([name, { description, inputSchema }]) {
  return {
    name,
    description: description ?? `The conformance suite's ${name.replaceAll('_', ' ')}.`,
    inputSchema: inputSchema ?? { type: 'object' },
  };
}

async function isLegacy(request, body, eras) {
  if (eras.length === 1) return eras[0] === 'legacy';
  if (request.headers['mcp-session-id'] !== undefined) return true;
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value));
  const web = new Request(`http://127.0.0.1${request.url}`, { method: request.method, headers });
  return isLegacyRequest(web, body);
}

/** The transport of the request's session; a new one for `initialize`. */
async function transportOf(request, body, sessions, tools) {
  const id = request.headers['mcp-session-id'];
  if (id !== undefined) return sessions.get(id);
  const transport = new NodeStreamableHTTPServerTransport({
    sessionIdGenerator: () => randomUUID(),
    onsessioninitialized: (opened) => void sessions.set(opened, transport),
    onsessionclosed: (closed) => void sessions.delete(closed),
  });
  const server = makeServer(tools, {
    change: () => void server.sendToolListChanged(),
    update: (uri) => void server.sendResourceUpdated({ uri }),
  });
  await server.connect(transport);
  return transport;
}

async function readJson(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MAX_BODY) return null;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return null;
  }
}

function refuse(response, status, code, message) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code, message } }));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { url } = await startFixtureServer({ port: Number(process.argv[2] ?? 0) });
  process.stdout.write(`${url}\n`);
}
