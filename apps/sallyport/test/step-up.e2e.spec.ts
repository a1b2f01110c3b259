import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import {
  ANN,
  anyTool,
  callTool,
  connect,
  decisionOn,
  eventually,
  type Issuer,
  json,
  makeScratch,
  modernHeaders,
  modernMeta,
  type ScriptedUpstream,
  send,
  serve,
  startIssuer,
  startScriptedUpstream,
  stdioTransport,
  trusted,
} from '@sallyport/testing/harness';

const AUDIENCE = 'https://tools.example/mcp';
const POLICY = `@id("reads") @scope("notes:read") permit (principal, action == Action::"up/read", resource is Tool);
@id("writes") @scope("notes:read notes:write") permit (principal, action == Action::"up/write", resource is Tool);
`;
const WRITER = { ...ANN, name: 'wanda', token: 'dev-wanda-token', scopes: ['notes:read', 'notes:write'] };

describe('a call that only a scope of its token is missing for', () => {
  let issuer: Issuer;
  let upstream: ScriptedUpstream;
  beforeAll(async () => {
    issuer = await startIssuer(AUDIENCE);
    upstream = await startScriptedUpstream([anyTool('read'), anyTool('write'), anyTool('other')]);
  });
  const parts = () => ({ users: [ANN, WRITER], policies: { 'all.cedar': POLICY } });
  const served = serve(() => {
    const identity = {
      development: { users: './users.yaml' },
      issuers: [{ issuer: issuer.url, audience: AUDIENCE, tenant: { claim: 'org' }, scope: 'mcp' }],
    };
    return makeScratch({ ...parts(), config: { ...trusted(upstream.url), public_url: AUDIENCE, identity } });
  });
  afterAll(async () => {
    await upstream.close();
    await issuer.close();
  });

  const tokenFor = (...scopes: string[]) => issuer.token({ scope: ['mcp', ...scopes].join(' ') });
  const challengeTo = async (token: string, tool: string, path = '/mcp') => {
    const params = { name: tool, arguments: {}, _meta: modernMeta() };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/call', params });
    const { status, headers, text } = await send(served.sallyport, {
      headers: modernHeaders(token, 'tools/call', tool),
      path,
      body,
    });
    return { status, challenge: String(headers['www-authenticate']), text };
  };

  it('is refused with 403 and all scopes that the next token needs, and nothing is sent on', async () => {
    const { status, challenge, text } = await challengeTo(await tokenFor(), 'up__write');
    expect([status, challenge]).toEqual([
      403,
      'Bearer resource_metadata="https://tools.example/.well-known/oauth-protected-resource/mcp", ' +
        'error="insufficient_scope", error_description="The token lacks a scope.", scope="mcp notes:read notes:write"',
    ]);
    const { id, error } = JSON.parse(text) as { id: number; error: { message: string; data: object } };
    expect([id, error.message]).toEqual([
      7,
      expect.stringMatching(/^The token lacks the scopes notes:read, notes:write, .*Sign in again/),
    ]);
    const meta = (error.data as Record<string, { id: string }>)['dev.sallyport/decision'];
    expect(decisionOn(served.scratch.data, meta?.id ?? '')).toMatchObject({
      decision: 'deny',
      reason: 'insufficient_scope',
      guard: 'authorization',
    });
    expect(upstream.heard.join('\n')).not.toContain('"write"');
    const there = await challengeTo(await tokenFor('notes:read'), 'write', '/mcp/up');
    expect([there.status, there.challenge]).toEqual([403, expect.stringContaining('oauth-protected-resource/mcp/up"')]);
    expect(there.challenge).toContain('scope="mcp notes:read notes:write"');
  });

  it('runs with a token that has it', async () => {
    const token = await tokenFor('notes:read', 'notes:write', 'more');
    expect((await callTool(served.sallyport, token, ['up__write', {}])).meta?.decision).toBe('allow');
    const reading = await callTool(served.sallyport, await tokenFor('notes:read'), ['up__read', {}]);
    expect(reading.meta?.decision).toBe('allow');
    expect((await callTool(served.sallyport, WRITER.token, ['up__write', {}])).meta?.decision).toBe('allow');
    expect((await callTool(served.sallyport, ANN.token, ['up__write', {}])).status).toBe(403);
  });

  it('runs in the same session, once its client has another token', async () => {
    const open = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } };
    const ask = async (token: string, method: string, params: object, more: Record<string, string> = {}) => {
      const headers = { ...json, authorization: `Bearer ${token}`, ...more };
      const {
        status,
        headers: answered,
        text,
      } = await send(served.sallyport, {
        headers,
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      });
      return { status, text, session: String(answered['mcp-session-id']) };
    };
    const { session } = await ask(await tokenFor(), 'initialize', open);
    const within = { 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' };
    const call = { name: 'up__read', arguments: {} };
    expect((await ask(await tokenFor(), 'tools/call', call, within)).status).toBe(403);
    const again = await ask(await tokenFor('notes:read'), 'tools/call', call, within);
    expect([again.status, again.text]).toEqual([200, expect.stringContaining('"decision":"allow"')]);
  });

  it('shows its tool in the list, and hides what no scope helps with', async () => {
    const client = await connect('v2 modern', served.sallyport.url, await tokenFor());
    expect(await client.list()).toEqual(['up__read', 'up__write']);
    await client.close();
  });

  it('is refused in words where its answer has no status: in a batch', async () => {
    const headers = { ...json, authorization: `Bearer ${await tokenFor()}` };
    const params = { protocolVersion: '2025-03-26', capabilities: {}, clientInfo: { name: 'old', version: '1' } };
    const open = JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params });
    const opened = await send(served.sallyport, { headers, body: open });
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'up__read', arguments: {} } };
    const { status, text } = await send(served.sallyport, {
      headers: { ...headers, 'mcp-session-id': String(opened.headers['mcp-session-id']) },
      body: JSON.stringify([call]),
    });
    expect([status, text]).toEqual([200, expect.stringContaining('The token lacks the scope notes:read')]);
    expect(text).toContain('"isError":true');
  });

  it('is refused in words over standard streams', async () => {
    const scratch = makeScratch({ ...parts(), config: trusted(upstream.url) });
    const client = new Client({ name: 'local', version: '1' });
    await client.connect(stdioTransport(scratch, ANN.token) as Parameters<Client['connect']>[0]);
    await eventually(async () => (await client.listTools()).tools.length > 0);
    const refused = await client.callTool({ name: 'up__read', arguments: {} });
    expect(refused).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(/scope notes:read, .*`scopes` in the file of users/) }],
    });
    await client.close();
    scratch.remove();
  });
});
