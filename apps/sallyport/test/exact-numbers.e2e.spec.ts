import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  ANN,
  type Answered,
  callTool,
  json,
  makeScratch,
  modernHeaders,
  modernMeta,
  send,
  serve,
  type User,
} from '@sallyport/testing/harness';

const OWNER: User = { name: '175928847299117063', tenant: 'acme', roles: ['staff'], token: 'dev-owner-token' };
/** What the owner's id becomes in a double. */
const OTHER: User = { name: '175928847299117060', tenant: 'acme', roles: ['staff'], token: 'dev-other-token' };
const POLICY = `
@id("own") permit (principal, action, resource is Order) when { resource has owner && resource.owner == principal };
@id("tools") permit (principal, action in [Action::"modern/look", Action::"legacy/look", Action::"program/look"], resource is Tool);
`;
const odd = '[175928847299117063,-9007199254740993,1.0,-0,1E2,1e400,0.1000000000000000055511151231257827,[[1.50]]]';
const look =
  '{"name":"look","inputSchema":{"type":"object","properties":{"n":{"type":"integer","maximum":9223372036854775807}}},"annotations":{"readOnlyHint":true}}';
const order = (name: string) =>
  `{"name":"${name}","inputSchema":{"type":"object","properties":{"id":{"type":"string"}}}}`;
const tools = `[${look},${order('owner_of')},${order('cancel')}]`;

/** Answers one request of either era as text, since no object of ours could hold its numbers. */
function answerTo(text: string, legacy: boolean): { readonly result: string; readonly before?: string } {
  const { method, params = {} } = JSON.parse(text) as {
    method: string;
    params?: { name?: string; arguments?: { id?: string } };
  };
  if (method === 'initialize')
    return {
      result: '{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"x","version":"1"}}',
    };
  if (method === 'server/discover' && !legacy)
    return { result: '{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}}}' };
  if (method === 'tools/list') return { result: `{"tools":${tools}}` };
  if (params.name === 'owner_of') {
    const owner = params.arguments?.id === 'text' ? '"175928847299117063"' : '175928847299117063';
    return { result: `{"content":[],"structuredContent":{"owner":${owner}}}` };
  }
  if (params.name === 'cancel') return { result: '{"content":[{"type":"text","text":"cancelled"}]}' };
  const inText = JSON.stringify(`{"v":${odd}}`);
  return {
    before: `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":${odd}}}`,
    result: `{"content":[{"type":"text","text":${inText}}],"structuredContent":{"v":${odd}}}`,
  };
}

function upstream(legacy: boolean): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      if (request.method !== 'POST') return void response.writeHead(405).end();
      const { id, method } = JSON.parse(text) as { id?: number; method: string };
      if (id === undefined) return void response.writeHead(202).end();
      if (method === 'server/discover' && legacy) return void response.writeHead(400).end();
      const { before, result } = answerTo(text, legacy);
      const answer = `{"jsonrpc":"2.0","id":${id}.0,"result":${result}}`;
      response.writeHead(200, { 'content-type': before === undefined ? 'application/json' : 'text/event-stream' });
      response.end(before === undefined ? answer : `data: ${before}\n\ndata: ${answer}\n\n`);
    });
  });
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () =>
      resolve({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, server }),
    ),
  );
}

const program = `
import { createInterface } from 'node:readline';
const answerTo = ${answerTo.toString()};
const odd = ${JSON.stringify(odd)}, tools = ${JSON.stringify(tools)};
for await (const line of createInterface({ input: process.stdin })) {
  const { id } = JSON.parse(line);
  if (id === undefined) continue;
  process.stdout.write('{"jsonrpc":"2.0","id":' + id + '.0,"result":' + answerTo(line, true).result + '}\\n');
}`;

describe('numbers of upstreams', () => {
  let upstreams: readonly Awaited<ReturnType<typeof upstream>>[];

  beforeAll(async () => {
    upstreams = await Promise.all([upstream(false), upstream(true)]);
  });
  const served = serve(() => {
    const resolver = { tool: 'owner_of', argument: 'id', owner: '/structuredContent/owner' };
    const known = {
      definitions: 'trust_on_first_use',
      tools: {
        ...{ look: { effect: 'read' }, owner_of: { effect: 'read' } },
        cancel: { effect: 'write', resources: [{ argument: 'id', type: 'Order', resolver }] },
      },
    };
    const [modern, legacy] = upstreams.map(({ url }) => ({ ...known, url }));
    const config = { upstreams: { modern, legacy, program: { ...known, command: [process.execPath, 'program.mjs'] } } };
    const scratch = makeScratch({
      policies: { 'a.cedar': POLICY },
      users: [ANN, OWNER, OTHER],
      config: config as never,
    });
    scratch.write('program.mjs', program);
    return scratch;
  });
  afterAll(async () => {
    upstreams.forEach(({ server }) => (server.close(), server.closeAllConnections()));
  });

  const listed = (): Promise<Answered> =>
    send(served.sallyport, {
      headers: modernHeaders(ANN.token, 'tools/list'),
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: modernMeta() } }),
    });

  it.each(['modern', 'legacy', 'program'])('of %s let nobody act whose id they would be rounded to', async (id) => {
    const cancel = async ({ token }: User, which: string) =>
      (await callTool(served.sallyport, token, [`${id}__cancel`, { id: which }])).meta?.reason;
    expect(await cancel(OTHER, 'number')).toBe('object_unresolved');
    expect(await cancel(OWNER, 'number')).toBe('object_unresolved');
    expect(await cancel(OTHER, 'text')).toBe('not_owner');
    expect(await cancel(OWNER, 'text')).toBe('allowed');
  });

  it.each(['modern', 'legacy', 'program'])('of %s reach the client as they were written', async (id) => {
    const { text } = await callTool(served.sallyport, ANN.token, [`${id}__look`, {}]);
    expect(text).toContain(`"structuredContent":{"v":${odd}}`);
    expect(text).toContain(JSON.stringify(`{"v":${odd}}`));
  });

  it('stand as they were written in notifications, in definitions and on record', async () => {
    const meta = { ...modernMeta(), 'io.modelcontextprotocol/logLevel': 'debug' };
    const params = { name: 'modern__look', arguments: {}, _meta: meta };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
    const { text } = await send(served.sallyport, {
      headers: modernHeaders(ANN.token, 'tools/call', 'modern__look'),
      body,
    });
    expect(text).toContain(`"data":${odd}`);
    expect((await listed()).text.split('"maximum":9223372036854775807')).toHaveLength(4);
    const shown = await served.cli('definitions', 'show', 'modern/look');
    expect(shown.stdout).toContain('"maximum":9223372036854775807');
  });

  it('are refused from clients, who are told so', async () => {
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"modern__look","arguments":{"n":175928847299117063}}}`;
    const { status, text } = await send(served.sallyport, {
      headers: { ...json, authorization: `Bearer ${ANN.token}` },
      body,
    });
    expect(status).toBe(400);
    expect(text).toContain('2^53');
  });
});
