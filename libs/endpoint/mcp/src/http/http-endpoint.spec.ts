import { configSchema } from '@sallyport/contracts';
import { until } from '@sallyport/testing';
import { type RunningEndpoint, runEndpoint } from '../testing/running-endpoint.ts';

const alice = { authorization: 'Bearer alice', 'content-type': 'application/json' };

describe('the endpoint over HTTP', () => {
  let run: RunningEndpoint;
  beforeEach(async () => {
    run = await runEndpoint();
  });
  afterEach(() => run.close());

  describe('before anything is read', () => {
    it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:80', '127.0.0.2', '[::2]'])(
      'refuses the host %p',
      async (host) => {
        const answer = await run.send({ headers: { ...alice, host }, body: '{}' });
        expect(answer.status).toBe(403);
        expect(run.gateway.refusals).toEqual([]);
      },
    );

    it.each(['http://evil.example', 'null', 'https://localhost.evil.example'])(
      'refuses the origin %p',
      async (origin) => {
        expect((await run.send({ headers: { ...alice, origin }, body: '{}' })).status).toBe(403);
        expect((await run.send({ method: 'OPTIONS', headers: { origin } })).status).toBe(403);
      },
    );

    it('answers a preflight of a good origin', async () => {
      const headers = { origin: 'http://localhost:5173', 'access-control-request-headers': 'Mcp-Param-Region' };
      const answer = await run.send({ method: 'OPTIONS', headers });
      expect(answer.status).toBe(204);
      expect(answer.headers['access-control-allow-origin']).toBe('http://localhost:5173');
      expect(answer.headers['access-control-allow-headers']).toMatch(/, dpop,.*mcp-param-region/);
    });

    it('challenges who brings no token, or a wrong one', async () => {
      const none = await run.send({ headers: { 'content-type': 'application/json' }, body: '{}' });
      expect(none.status).toBe(401);
      const metadata = `http://127.0.0.1:${run.port}/.well-known/oauth-protected-resource/mcp`;
      expect(none.headers['www-authenticate']).toBe(`Bearer resource_metadata="${metadata}"`);
      const wrong = await run.send({ headers: { ...alice, authorization: 'Bearer who' }, body: '{}' });
      expect(wrong.status).toBe(401);
      expect(wrong.headers['www-authenticate']).toContain('error="invalid_token"');
    });

    it.each([
      ['invalid_token', ['https://id.example'], /^Bearer [^,]*, error="invalid_token".*, DPoP algs="ES256[^"]*"$/],
      [
        'invalid_dpop_proof',
        ['https://id.example'],
        /^Bearer [^,]*, DPoP algs="ES256[^"]*", error="invalid_dpop_proof"/,
      ],
      ['invalid_token', [], /^Bearer [^,]*, error="invalid_token", error_description="[^"]*"$/],
    ] as const)('tells who showed %s, with the issuers %j, what else is taken', async (error, issuers, challenge) => {
      await run.close();
      const config = configSchema.parse({
        upstreams: {},
        identity: { issuers: issuers.map((issuer) => ({ issuer, audience: 'x', tenant: { fixed: 'shop' } })) },
      });
      const refusal = { status: 401, error, description: 'No.' } as const;
      run = await runEndpoint({ config, identity: { authenticate: () => Promise.resolve(refusal) } });
      const answer = await run.send({ headers: alice, body: '{}' });
      expect(answer.headers['www-authenticate']).toMatch(challenge);
    });

    it('names the scope that is needed', async () => {
      await run.close();
      const refusal = {
        status: 403,
        error: 'insufficient_scope',
        description: 'The token’s "scope"',
        scope: 'tools',
      } as const;
      run = await runEndpoint({ identity: { authenticate: () => Promise.resolve(refusal) } });
      const answer = await run.send({ headers: alice, body: '{}' });
      expect(answer.status).toBe(403);
      expect(answer.headers['www-authenticate']).toMatch(
        /error="insufficient_scope", error_description="[^"]*", scope="tools"$/,
      );
    });

    it('knows its public URL', async () => {
      await run.close();
      const config = configSchema.parse({ upstreams: {}, public_url: 'https://mcp.example/mcp' });
      run = await runEndpoint({ config });
      const answer = await run.send({
        headers: { host: 'mcp.example', 'content-type': 'application/json' },
        body: '{}',
      });
      expect(answer.headers['www-authenticate']).toContain(
        '"https://mcp.example/.well-known/oauth-protected-resource/mcp"',
      );
    });

    it('stops a flood of one subject and of one address, and of nobody else', async () => {
      await run.close();
      const limit = { rate: { count: 1, periodMs: 1_000 }, burst: 2 };
      run = await runEndpoint({ floods: () => ({ requests: limit, failures: limit }) });
      const statuses = async (authorization: string) => {
        const all = [];
        for (let time = 0; time < 3; time++)
          all.push((await run.send({ headers: { ...alice, authorization }, body: '{}' })).status);
        return all;
      };
      expect(await statuses('Bearer alice')).toEqual([400, 400, 429]);
      expect(await statuses('Bearer bob')).toEqual([400, 400, 429]);
      expect(await statuses('Bearer who')).toEqual([401, 401, 429]);
    });
  });

  it('tells who has no attempts left before a large body is read, and records it', async () => {
    run.gateway.wait = 1_500;
    const large = Buffer.alloc(4_097, 0x20);
    const answer = await run.send({ headers: { ...alice, expect: '100-continue' }, body: large });
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '2']);
    expect(answer.json.error?.message).toContain('floods.attempts');
    expect(run.gateway.refusals).toEqual(['too_many_attempts']);
    const chunked = await run.send({ headers: { ...alice, 'transfer-encoding': 'chunked' }, body: large });
    expect(chunked.status).toBe(429);
    expect((await run.modern('ping')).status).toBe(404);
  });

  describe('what is no call', () => {
    it.each<[string, string | Buffer, string]>([
      ['no JSON', '{', 'syntax'],
      ['the same key twice', '{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', 'duplicate_key'],
      ['__proto__', '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"__proto__":{}}}', 'forbidden_key'],
      ['an integer that does not fit', '{"a":9007199254740993}', 'unsafe_number'],
      ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'invalid_utf8'],
      ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', 'batch'],
      ['another version', '{"jsonrpc":"1.0","id":1,"method":"ping"}', 'invalid_request'],
      ['an id that is null', '{"jsonrpc":"2.0","id":null,"method":"ping"}', 'invalid_request'],
      ['params that are a list', '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', 'invalid_request'],
      ['a method that is no text', '{"jsonrpc":"2.0","id":1,"method":{}}', 'invalid_request'],
      ['nothing', '', 'syntax'],
      ['too much', Buffer.alloc(1_048_577, 0x20), 'too_large'],
    ])('refuses and records %s', async (_, body, reason) => {
      const answer = await run.send({ headers: alice, body });
      const shape = ['batch', 'invalid_request', 'too_large'].includes(reason);
      expect(answer.status).toBe(reason === 'too_large' ? 413 : 400);
      expect(answer.json.error?.code).toBe(shape ? -32600 : -32700);
      expect(run.gateway.refusals).toEqual([reason]);
    });

    const long = (bytes: number) =>
      `{"jsonrpc":"2.0","method":"ping","params":{"a":"${'x'.repeat(bytes)}"},"id":"my-7"}`;
    it.each<[string, string, unknown, Record<string, string>?]>([
      ['params that are a list', '{"jsonrpc":"2.0","id":7,"method":"ping","params":[]}', 7],
      ['another version', '{"jsonrpc":"1.0","id":"a","method":"ping"}', 'a'],
      ['the same key twice', '{"jsonrpc":"2.0","method":"ping","method":"ping","id":7}', 7],
      ['a number that does not fit', '{"jsonrpc":"2.0","id":7,"method":"ping","params":{"a":9007199254740993}}', 7],
      ['another type', '{"jsonrpc":"2.0","id":7,"method":"ping"}', 7, { 'content-type': 'text/plain' }],
      ['too much', long(1_048_576), 'my-7'],
      ['too much, in pieces', long(1_048_576), 'my-7', { 'transfer-encoding': 'chunked' }],
      ['four times too much', long(4 << 20), null],
      ['two ids', '{"jsonrpc":"2.0","id":7,"id":8,"method":"ping"}', null],
      ['an id that is none', '{"jsonrpc":"2.0","id":{},"method":"ping"}', null],
      ['what breaks off', '{"jsonrpc":"2.0","id":7,"method":"ping"', null],
      ['a batch', '[{"jsonrpc":"2.0","id":7,"method":"ping"}]', null],
      ['an answer, whose id is ours', '{"jsonrpc":"1.0","id":7,"result":{}}', null],
    ])('answers %s with the id of the request, or null where it can’t be told', async (_, body, id, headers = {}) => {
      const { status, json } = await run.send({ headers: { ...alice, ...headers }, body });
      expect([400, 413, 415]).toContain(status);
      expect(json).toMatchObject({ jsonrpc: '2.0', id, error: { code: expect.any(Number) as unknown } });
    });

    it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp'])(
      'refuses the type %s',
      async (type) => {
        expect((await run.send({ headers: { ...alice, 'content-type': type }, body: '{}' })).status).toBe(415);
        expect(run.gateway.refusals).toEqual(['not_json']);
      },
    );

    it.each(['GET', 'PUT'])('has no %s', async (method) => {
      const answer = await run.send({ method, headers: { ...alice, accept: 'text/event-stream' } });
      expect([answer.status, answer.headers.allow]).toEqual([405, 'POST, GET, DELETE']);
    });

    it('gives nothing of an error of ours away', async () => {
      const answer = await run.modern('tools/call', { name: 'shop__crash' });
      expect([answer.status, answer.json.error?.message]).toEqual([500, 'Internal error']);
      expect(answer.text).not.toContain('SELECT');
      expect(run.incidents.join()).toContain('SELECT');
    });
  });

  it('drains: what runs is answered, what is new is sent away', async () => {
    const session = await run.open();
    const running = run.legacy('tools/call', { name: 'shop__progress' }, session);
    await until(() => run.endpoint.inFlight > 0);
    const drained = run.endpoint.drain();
    const refused = await run.modern('tools/list');
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
    expect((await running).json).toMatchObject({ result: { content: [{ type: 'text', text: 'done' }] } });
    await drained;
    expect(run.endpoint.inFlight).toBe(0);
  });

  it('drains: an open question is put off, not waited for', async () => {
    const session = await run.open({ elicitation: {} });
    const running = await fetch(`http://127.0.0.1:${run.port}/mcp`, {
      method: 'POST',
      headers: { ...alice, ...session, accept: 'application/json, text/event-stream' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'shop__confirm' } }),
    });
    let text = '';
    let drained: Promise<void> | null = null;
    for await (const piece of running.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += piece;
      if (text.includes('elicitation/create')) drained ??= run.endpoint.drain();
    }
    await drained;
    const { result } = JSON.parse(text.split('data: ').at(-1) ?? '') as { result: unknown };
    expect(result).toMatchObject({ isError: true, _meta: { 'dev.sallyport/decision': { decision: 'hold' } } });
  });
});
