import 'reflect-metadata';
import { Body, Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { until } from '@sallyport/testing';
import { GatewayModule } from '../index.ts';
import { fakeOptions, FakeGateway } from '../testing/fake-gateway.ts';

@Controller('admin')
class AdminController {
  @Post('echo')
  echo(@Body() body: unknown): unknown {
    return { body };
  }
}

const headers = { authorization: 'Bearer alice' };
type Action = 'accept' | 'decline' | 'cancel';

describe('the gateway in a Nest application', () => {
  let app: NestFastifyApplication;
  let gateway: FakeGateway;
  let base: string;
  const closers: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    gateway = new FakeGateway();
    @Module({ imports: [GatewayModule.register(fakeOptions(gateway))], controllers: [AdminController] })
    class SystemModule {}
    app = await NestFactory.create<NestFastifyApplication>(
      SystemModule,
      new FastifyAdapter({ forceCloseConnections: true }),
      {
        logger: false,
      },
    );
    await app.listen(0, '127.0.0.1');
    base = await app.getUrl();
  });
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });
  afterAll(() => app.close());

  async function v2(mode: 'legacy' | 'auto' | { pin: string }, action: Action = 'accept', path = '/mcp') {
    const client = new Client(
      { name: 'test', version: '1' },
      { capabilities: { elicitation: { form: {} }, sampling: {} }, versionNegotiation: { mode } },
    );
    const asked: string[] = [];
    client.setRequestHandler('elicitation/create', (request) => {
      asked.push(request.params.message);
      return action === 'accept' ? { action, content: { confirm: true } } : { action };
    });
    client.setRequestHandler('sampling/createMessage', () => ({
      model: 'm',
      role: 'assistant' as const,
      content: { type: 'text' as const, text: 'sampled' },
    }));
    await client.connect(new StreamableHTTPClientTransport(new URL(`${base}${path}`), { requestInit: { headers } }));
    closers.push(() => client.close());
    return { client, asked };
  }

  async function v1(action: Action = 'accept') {
    const client = new ClientV1({ name: 'old', version: '1' }, { capabilities: { elicitation: {} } });
    const asked: string[] = [];
    client.setRequestHandler(ElicitRequestSchema, (request) => {
      asked.push(request.params.message);
      return action === 'accept' ? { action, content: { confirm: true } } : { action };
    });
    await client.connect(
      new TransportV1(new URL(`${base}/mcp`), { requestInit: { headers } }) as Parameters<ClientV1['connect']>[0],
    );
    closers.push(() => client.close());
    return { client, asked };
  }

  it.each([
    ['/mcp', '/mcp'],
    ['/mcp/', '/mcp'],
    ['/mcp/shop', '/mcp/shop'],
    ['/mcp/shop/', '/mcp/shop'],
    ['/mcp/no-such', '/mcp/no-such'],
    ['/mcp/a%22%0D%0Ax:%20b', '/mcp/a%22%0D%0Ax%3A%20b'],
  ])('refuses a stranger at %s, and names the metadata of that endpoint', async (path, resource) => {
    const refused = await fetch(`${base}${path}`, { method: 'POST' });
    expect(refused.status).toBe(401);
    const challenge = refused.headers.get('www-authenticate');
    expect(challenge).toBe(`Bearer resource_metadata="${base}/.well-known/oauth-protected-resource${resource}"`);
    const answer = await fetch(`${base}/.well-known/oauth-protected-resource${resource}`);
    expect(await answer.json()).toMatchObject({
      resource: `${base}${resource}`,
      authorization_servers: ['https://id.example'],
    });
  });

  it('has metadata of the whole at the root', async () => {
    const answer = await fetch(`${base}/.well-known/oauth-protected-resource`);
    expect(await answer.json()).toMatchObject({ resource: `${base}/mcp` });
  });

  it('keeps the other routes as they were', async () => {
    const admin = await fetch(`${base}/admin/echo`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"a":1}',
    });
    expect(await admin.json()).toEqual({ body: { a: 1 } });
  });

  describe.each([['legacy' as const], ['auto' as const], [{ pin: '2026-07-28' }]])('SDK v2, mode %j', (mode) => {
    it('lists and calls', async () => {
      const { client } = await v2(mode);
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name)).toContain('shop__echo');
      const result = await client.callTool({ name: 'shop__echo', arguments: { text: 'hi' } });
      expect(result.content).toEqual([{ type: 'text', text: 'alice: {"text":"hi"}' }]);
      expect(result._meta).toMatchObject({ vendor: 1, 'dev.sallyport/decision': { decision: 'allow' } });
    });

    it('knows no unknown tool', async () => {
      const { client } = await v2(mode);
      await expect(client.callTool({ name: 'shop__nothing', arguments: {} })).rejects.toMatchObject({
        code: -32602,
        message: expect.stringContaining('Unknown tool: shop__nothing'),
      });
    });

    it('serves one upstream under its own names', async () => {
      const { client } = await v2(mode, 'accept', '/mcp/shop');
      expect((await client.listTools()).tools.map(({ name }) => name)).toContain('echo');
      expect((await client.callTool({ name: 'echo', arguments: {} })).content).toHaveLength(1);
    });

    it('asks the user: no', async () => {
      const { client, asked } = await v2(mode, 'decline');
      const result = await client.callTool({ name: 'shop__confirm', arguments: { text: 'no' } });
      expect(asked).toEqual(['Sallyport asks: Cancel order {"text":"no"}?']);
      expect(result).toMatchObject({
        isError: true,
        _meta: { 'dev.sallyport/decision': { decision: 'deny', reason: 'rejected' } },
      });
      expect(gateway.votes.at(-1)).toMatchObject({ answer: 'reject', channel: 'elicitation' });
    });

    it('asks the user: later', async () => {
      const { client } = await v2(mode, 'cancel');
      const votes = gateway.votes.length;
      const result = await client.callTool({ name: 'shop__confirm', arguments: { text: 'hm' } });
      expect(result).toMatchObject({ isError: true, _meta: { 'dev.sallyport/decision': { decision: 'hold' } } });
      expect(gateway.votes).toHaveLength(votes);
    });

    it('asks the user: yes', async () => {
      const { client, asked } = await v2(mode);
      const result = await client.callTool({ name: 'shop__confirm', arguments: { text: 'yes' } });
      expect(asked).toHaveLength(1);
      expect(result).toMatchObject({ content: [{ text: 'cancelled' }] });
      expect(gateway.votes.at(-1)).toMatchObject({ answer: 'approve', principal: { subject: { id: 'alice' } } });
    });

    it('says who else is needed', async () => {
      const { client, asked } = await v2(mode);
      const { content } = await client.callTool({ name: 'shop__finance', arguments: {} });
      expect(asked).toEqual([]);
      const how = 'each runs `sallyport approve A-17 --token <token>` with a token of their own';
      const text = `Waiting for 2 of finance (A-17): ${how}; then call again with the same arguments.`;
      expect(content).toMatchObject([{ text }]);
    });

    it('passes progress on', async () => {
      const { client } = await v2(mode);
      const seen: number[] = [];
      await client.callTool(
        { name: 'shop__progress', arguments: {} },
        { onprogress: ({ progress }) => seen.push(progress) },
      );
      expect(seen).toEqual([1, 2, 3]);
    });

    it('stops a call when its client cancels', async () => {
      const { client } = await v2(mode);
      const [began, before] = [gateway.calls.length, gateway.aborted.length];
      const controller = new AbortController();
      const call = client.callTool({ name: 'shop__slow', arguments: {} }, { signal: controller.signal });
      await until(() => gateway.calls.length > began);
      controller.abort();
      await expect(call).rejects.toThrow();
      await until(() => gateway.aborted.length === before + 1);
    });
  });

  it('carries requests of an upstream to a client with a session, and to no other', async () => {
    const legacy = await v2('legacy');
    const result = await legacy.client.callTool({ name: 'shop__ask', arguments: {} });
    expect(JSON.stringify(result.content)).toContain('sampled');
    const modern = await v2({ pin: '2026-07-28' });
    expect(await modern.client.callTool({ name: 'shop__ask', arguments: {} })).toMatchObject({ isError: true });
  });

  it('serves the SDK v1 client', async () => {
    const { client, asked } = await v1();
    expect((await client.listTools()).tools.length).toBeGreaterThan(3);
    const called = await client.callTool({ name: 'shop__echo', arguments: { text: 'v1' } });
    expect(called.content).toMatchObject([{ text: 'alice: {"text":"v1"}' }]);
    const confirmed = await client.callTool({ name: 'shop__confirm', arguments: {} });
    expect(asked).toHaveLength(1);
    expect(confirmed.content).toMatchObject([{ text: 'cancelled' }]);
    const seen: number[] = [];
    await client.callTool({ name: 'shop__progress', arguments: {} }, undefined, {
      onprogress: ({ progress }) => seen.push(progress),
    });
    expect(seen).toEqual([1, 2, 3]);
    await client.ping();
  });

  it('lets SDK v1 users decline', async () => {
    const { client } = await v1('decline');
    const result = await client.callTool({ name: 'shop__confirm', arguments: {} });
    expect(result).toMatchObject({ isError: true });
  });

  it('lets a running call end before the application stops', async () => {
    const { client } = await v2({ pin: '2026-07-28' });
    const before = gateway.calls.length;
    const call = client.callTool({ name: 'shop__progress', arguments: {} });
    await until(() => gateway.calls.length > before);
    await app.close();
    expect(await call).toMatchObject({ content: [{ text: 'done' }] });
  });
});
