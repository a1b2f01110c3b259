import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ANN, callTool, makeScratch, recordedOf, serve, storyOf } from '@sallyport/testing/harness';

type Answering = (response: ServerResponse, id: number) => void;

const status =
  (code: number, body = '', headers: Record<string, string> = {}): Answering =>
  (response) =>
    response.writeHead(code, { 'content-type': 'text/plain', ...headers }).end(body);
const rpcError = (code: number, id: string) =>
  `{"jsonrpc":"2.0","id":${id},"error":{"code":${code},"message":"Session not found"}}`;
const json = { 'content-type': 'application/json' };

/** What an upstream may do after it has acted. */
const answers: readonly (readonly [string, Answering, string])[] = [
  ...[400, 401, 403, 404, 405, 406, 408, 409, 410, 425, 429, 500, 502, 503, 504].map(
    (code) => [`status ${code}`, status(code, 'no', { 'retry-after': '1' }), 'outcome_unknown'] as const,
  ),
  ['a 404 that speaks of its session', status(404, rpcError(-32001, 'null'), json), 'outcome_unknown'],
  ['a redirect', status(307, '', { location: '/mcp' }), 'upstream_garbage'],
  ['nothing at all', status(202), 'upstream_garbage'],
  ['a page', status(200, '<html>'), 'upstream_garbage'],
  ['a cut connection', (response) => response.destroy(), 'outcome_unknown'],
  [
    'a cut answer',
    (response) => {
      response.writeHead(200, { ...json, 'content-length': '100' }).write('{"jsonrpc"');
      setTimeout(() => response.destroy(), 20);
    },
    'outcome_unknown',
  ],
  [
    'a cut stream',
    (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': working\n\n');
      setTimeout(() => response.destroy(), 20);
    },
    'outcome_unknown',
  ],
  ['a stream that ends', status(200, ': done\n\n', { 'content-type': 'text/event-stream' }), 'upstream_garbage'],
  ['silence', () => undefined, 'upstream_timeout'],
  ['an error', (response, id) => response.writeHead(200, json).end(rpcError(-32603, `${id}`)), 'upstream_error'],
];

describe.each(['modern', 'legacy'])('a call that a %s upstream took', (era) => {
  let server: Server;
  let answering: Answering = status(404);
  let effects = 0;

  function answer(request: IncomingMessage, response: ServerResponse, text: string): void {
    if (request.method !== 'POST') return void response.writeHead(405).end();
    const { id, method } = JSON.parse(text) as { id?: number; method: string };
    const tell = (result: object) =>
      response
        .writeHead(200, { ...json, ...(era === 'legacy' && { 'mcp-session-id': 's1' }) })
        .end(JSON.stringify({ jsonrpc: '2.0', id, result }));
    if (id === undefined) return void response.writeHead(202).end();
    if (method === 'tools/call') {
      effects += 1;
      return answering(response, id);
    }
    if (method === 'tools/list') return void tell({ tools: [{ name: 'pay', inputSchema: { type: 'object' } }] });
    if (method === 'initialize' && era === 'legacy')
      return void tell({
        protocolVersion: '2025-11-25',
        capabilities: { tools: {} },
        serverInfo: { name: 'x', version: '1' },
      });
    if (method === 'server/discover' && era === 'modern')
      return void tell({ resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities: {} });
    return void response.writeHead(400).end();
  }

  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => answer(request, response, Buffer.concat(chunks).toString('utf8')));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  const served = serve(() => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
    const known = { definitions: 'trust_on_first_use', timeout: '1s' };
    const scratch = makeScratch({
      config: {
        upstreams: {
          up: { ...known, url },
          program: { ...known, command: [process.execPath, 'program.mjs'] },
          gone: { url: 'http://127.0.0.1:9/mcp' },
        } as never,
      },
    });
    scratch.write('program.mjs', program);
    return scratch;
  });
  afterAll(async () => {
    server.close();
    server.closeAllConnections();
  });

  const invites = /try again|send it again|call again|later|ask for less/i;

  it.each(answers)('and answers with %s may have run: nobody is told to try again', async (_, answer, reason) => {
    answering = answer;
    effects = 0;
    const { meta, said } = await callTool(served.sallyport, ANN.token, ['up__pay', {}]);
    expect(effects).toBe(1);
    expect(meta).toMatchObject({ decision: 'allow', reason });
    expect(said).not.toMatch(invites);
    expect(said).toMatch(/may have run.*[Dd]o not repeat.*look.*Reference/s);
    expect(storyOf(served.scratch.data, meta?.id ?? '')).toEqual(['allow', 'allowed', 'call.failed']);
    expect(recordedOf(served.scratch.data, 'call.failed').at(-1)?.data).toMatchObject({ reason, sent: true });
  });

  it('and refused by its protocol tells the code and what was wrong, without places', async () => {
    const error = {
      code: -32602,
      message: 'id must be a number, see /srv/app/rules.json on db.internal',
      data: 'SECRET',
    };
    answering = (response, id) => response.writeHead(200, json).end(JSON.stringify({ jsonrpc: '2.0', id, error }));
    const { error: told, meta, text } = await callTool(served.sallyport, ANN.token, ['up__pay', {}]);
    const said = 'id must be a number, see [redacted:path] on [redacted:host]';
    expect(told).toMatchObject({ code: -32602, message: `${said} Reference ${meta?.id}.` });
    expect(meta).toMatchObject({ decision: 'allow', reason: 'upstream_error' });
    expect(text).not.toContain('SECRET');
    expect(recordedOf(served.scratch.data, 'call.failed').at(-1)?.data).toMatchObject({ code: -32602, addresses: [] });
  });

  it('and a program that ends after it took one: the same', async () => {
    const { meta, said } = await callTool(served.sallyport, ANN.token, ['program__pay', {}]);
    expect(meta).toMatchObject({ decision: 'allow', reason: 'outcome_unknown' });
    expect(said).not.toMatch(invites);
    expect(storyOf(served.scratch.data, meta?.id ?? '')).toEqual(['allow', 'allowed', 'call.failed']);
  });

  it('is not one that nobody was there to take', async () => {
    const other = await callTool(served.sallyport, ANN.token, ['program__look', {}]);
    expect(other.meta).toMatchObject({ reason: 'upstream_down' });
    expect(other.said).toContain('The call was not run. Try again later.');
    expect(storyOf(served.scratch.data, other.meta?.id ?? '')).toEqual(['allow', 'allowed', 'call.not_run']);
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
    const { meta, said } = await callTool(served.sallyport, ANN.token, ['up__pay', {}]);
    expect(said).toContain('The call was not run. Try again later.');
    expect(storyOf(served.scratch.data, meta?.id ?? '')).toEqual(['allow', 'allowed', 'call.not_run']);
  });
});

/** Acts and ends; a second start never gets ready. */
const program = `
import { createInterface } from 'node:readline';
import { existsSync, writeFileSync } from 'node:fs';
if (existsSync('acted')) process.exit(1);
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) continue;
  const tell = (result) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result }) + '\\n');
  if (method === 'initialize') tell({ protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'x', version: '1' } });
  else if (method === 'tools/list') tell({ tools: ['pay', 'look'].map((name) => ({ name, inputSchema: { type: 'object' } })) });
  else if (params.name === 'look') tell({ content: [] });
  else { writeFileSync('acted', ''); process.exit(1); }
}`;
