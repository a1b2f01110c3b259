import type { JsonObject } from '@sallyport/contracts';
import {
  ANN,
  anyTool,
  callTool,
  faultsIn,
  json,
  modernHeaders,
  modernMeta,
  recordedOf,
  send,
  serveScripted,
} from '@sallyport/testing/harness';

/** A program that has the tool `summarize` for clients with sampling, and never says that its list is over. */
const choosy = `
let declared = {};
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  if (method === 'initialize') declared = params.capabilities;
  const names = declared.sampling ? ['run', 'summarize'] : ['run'];
  const result = {
    initialize: { protocolVersion: '2024-11-05', capabilities: { tools: {} }, serverInfo: { name: 'choosy', version: '1' } },
    'tools/list': { tools: names.map((name) => ({ name, inputSchema: { type: 'object' } })), nextCursor: '' },
  }[method];
  console.log(JSON.stringify(result ? { jsonrpc: '2.0', id, result } : { jsonrpc: '2.0', id, error: { code: -32601, message: 'no' } }));
});`;

const long = 'x'.repeat(100);

async function namesAt(path: string): Promise<string[]> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: modernMeta() } });
  const { text } = await send(served.sallyport, { path, headers: modernHeaders(ANN.token, 'tools/list'), body });
  return (JSON.parse(text) as { result: { tools: { name: string }[] } }).result.tools.map(({ name }) => name);
}

const served = serveScripted({
  tools: [
    anyTool('run'),
    anyTool('search.issues'),
    anyTool(long),
    anyTool('slowly', { execution: { taskSupport: 'required' } }),
    anyTool('either', { execution: { taskSupport: 'optional' } }),
  ],
  config: (url) => {
    const definitions = 'trust_on_first_use' as const;
    const command = [process.execPath, '-e', choosy];
    return {
      upstreams: {
        up: { url, definitions },
        plain: { command, definitions, share: 'subject' },
        granted: { command, definitions, share: 'subject', client_requests: { sampling: { max_tokens: 10 } } },
      },
    };
  },
});

it('a tool that runs only as a task is not listed, and a call of it is refused', async () => {
  expect((await namesAt('/mcp/up')).sort()).toEqual(['either', 'run', 'search.issues', long].sort());
  expect((await callTool(served.sallyport, ANN.token, ['up__slowly', {}])).meta?.decision).toBe('deny');
  expect(served.upstream.calls.map(({ tool }) => tool)).not.toContain('slowly');
});

it('names that a model can’t use are mapped at /mcp, and back for the server and the record', async () => {
  const names = (await namesAt('/mcp')).filter((name) => name.startsWith('up__'));
  expect(names.filter((name) => !/^[A-Za-z0-9_-]{1,64}$/.test(name))).toEqual([]);
  const [dotted, cut] = ['up__search_issues__', 'up__xxx'].map((start) => names.find((name) => name.startsWith(start)));
  for (const name of [dotted, cut])
    expect((await callTool(served.sallyport, ANN.token, [name ?? '', {}])).said).toBe('done');
  expect(served.upstream.calls.slice(-2).map(({ tool }) => tool)).toEqual(['search.issues', long]);
  const tools = recordedOf(served.scratch.data, 'call.decided').map(({ data }) => data.tool);
  expect(tools.slice(-2)).toEqual(['search.issues', long]);
  const unknown = await callTool(served.sallyport, ANN.token, ['up__search_issues__0123456789', {}]);
  expect([unknown.result, served.upstream.calls.length]).toEqual([undefined, 2]);
});

it('tools that a server has for clients with a capability are listed where it is granted', async () => {
  expect(await namesAt('/mcp/plain')).toEqual(['run']);
  expect((await namesAt('/mcp/granted')).sort()).toEqual(['run', 'summarize']);
});

it('nothing is declared that has nothing behind it, and 2024-11-05 is spoken', async () => {
  const params = { protocolVersion: '2024-11-05', capabilities: {}, clientInfo: { name: 'old', version: '1' } };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params });
  const { text } = await send(served.sallyport, { headers: { ...json, authorization: `Bearer ${ANN.token}` }, body });
  const { result } = JSON.parse(text) as { result: JsonObject };
  expect(result['protocolVersion']).toBe('2024-11-05');
  expect(Object.keys(result['capabilities'] as JsonObject).sort()).toEqual(['logging', 'tools']);
});

it('leaves a sound record', () => expect(faultsIn(served.scratch.data)).toEqual([]));
