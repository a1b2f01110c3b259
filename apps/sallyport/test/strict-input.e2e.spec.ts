import type { JsonObject } from '@sallyport/contracts';
import {
  ANN,
  anyTool,
  callTool,
  decisionOn,
  faultsIn,
  json,
  modernHeaders,
  modernMeta,
  refusedRequests,
  send,
  serveScripted,
  storyOf,
} from '@sallyport/testing/harness';

const schema = {
  type: 'object',
  properties: { order: { type: 'string' }, amount: { type: 'number' }, more: {} },
  required: ['order'],
};

describe('input validation in the running instance', () => {
  const served = serveScripted({
    tools: [{ name: 'pay', inputSchema: schema }, anyTool('upload'), anyTool('note')],
    config: (url) => ({
      upstreams: {
        bank: {
          url,
          definitions: 'trust_on_first_use',
          max_argument_bytes: 1_000,
          tools: {
            pay: {
              arguments: { properties: { order: { pattern: '^[0-9]+$' }, amount: { maximum: 10 } } },
              max_argument_bytes: 65_536,
            },
            upload: { max_argument_bytes: 900_000 },
          },
        },
      },
    }),
  });

  /** What of a call's arguments `explain` can still show. */
  async function sealedOf(callId = ''): Promise<string[]> {
    const { stdout } = await served.cli('explain', callId);
    return (JSON.parse(stdout) as { sealed: { value: string }[] }).sealed.map(({ value }) => value);
  }

  it.each([
    ['duplicate_key', '{"order":"1","order":"2"}'],
    ['duplicate_key', '{"order":"1","ord\\u0065r":"2"}'],
    ['forbidden_key', '{"order":"1","__proto__":{"admin":true}}'],
    ['unsafe_number', '{"order":"1","amount":9007199254740993}'],
    ['lone_surrogate', '{"order":"\\ud800"}'],
    ['too_deep', `{"order":"1","more":${'['.repeat(200)}${']'.repeat(200)}}`],
    ['syntax', '{"order":"1",}'],
  ])('refuses %s, and it is on record', async (reason, args) => {
    const before = refusedRequests(served.scratch.data).length;
    const { status, error, result } = await callTool(served.sallyport, ANN.token, ['bank__pay', args]);
    expect([status, result]).toEqual([400, undefined]);
    expect(error?.code).toBe(-32700);
    expect(refusedRequests(served.scratch.data).slice(before)).toEqual([reason]);
    expect(served.upstream.calls).toEqual([]);
  });

  it('refuses bytes that are no UTF-8, batches and other content types', async () => {
    const headers = modernHeaders(ANN.token, 'tools/call', 'bank__pay');
    const bytes = Buffer.from('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\xff"}}', 'latin1');
    expect((await send(served.sallyport, { headers, body: bytes })).status).toBe(400);
    expect((await send(served.sallyport, { headers, body: '[]' })).status).toBe(400);
    expect(
      (await send(served.sallyport, { headers: { ...headers, 'content-type': 'text/plain' }, body: '{}' })).status,
    ).toBe(415);
    expect((await send(served.sallyport, { headers, body: 'x'.repeat(1_048_577) })).status).toBe(413);
    const large = `{"jsonrpc":"2.0","method":"ping","params":{"a":"${'x'.repeat(1_048_577)}"},"id":7}`;
    for (const body of [large, '{"jsonrpc":"2.0","method":"ping","method":"ping","id":7}'])
      expect(JSON.parse((await send(served.sallyport, { headers, body })).text)).toMatchObject({ id: 7, error: {} });
    expect(served.upstream.calls).toEqual([]);
  });

  it('judges and records each call of a batch by itself', async () => {
    const headers = { ...json, authorization: `Bearer ${ANN.token}` };
    const params = { protocolVersion: '2025-03-26', capabilities: {}, clientInfo: { name: 'old', version: '1' } };
    const initialize = JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params });
    const session = (await send(served.sallyport, { headers, body: initialize })).headers['mcp-session-id'];
    const orders = ['1', 'x1', '2'];
    const batch = orders.map((order, id) => ({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { name: 'bank__pay', arguments: { order } },
    }));
    const sent = { headers: { ...headers, 'mcp-session-id': String(session) }, body: JSON.stringify(batch) };
    const answers = JSON.parse((await send(served.sallyport, sent)).text) as {
      id: number;
      result: { _meta: JsonObject };
    }[];
    const decisions = answers.map(({ id, result }) => {
      const told = result._meta['dev.sallyport/decision'] as { id: string; decision: string };
      return [id, told.decision, storyOf(served.scratch.data, told.id)[0]];
    });
    expect(decisions).toEqual([
      [0, 'allow', 'allow'],
      [1, 'deny', 'deny'],
      [2, 'allow', 'allow'],
    ]);
    expect(served.upstream.calls).toHaveLength(2);
    served.upstream.calls.length = 0;
  });

  it('skips one byte order mark before a body, and no second one', async () => {
    const headers = modernHeaders(ANN.token, 'tools/list');
    const body = JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/list', params: { _meta: modernMeta() } });
    expect((await send(served.sallyport, { headers, body: `\ufeff${body}` })).status).toBe(200);
    const twice = await send(served.sallyport, { headers, body: `\ufeff\ufeff${body}` });
    expect([twice.status, (JSON.parse(twice.text) as { id: unknown }).id]).toEqual([400, 7]);
  });

  it.each([
    ['the tool’s own schema', { order: 7 }, '/order must be string'],
    ['the operator’s pattern', { order: 'x1' }, '/order'],
    ['the operator’s maximum', { order: '1', amount: 11 }, '/amount'],
    ['a required member', { amount: 1 }, 'order'],
  ])('refuses what breaks %s, as a decision', async (_, args, place) => {
    const { meta, said, result } = await callTool(served.sallyport, ANN.token, ['bank__pay', args]);
    expect([meta?.decision, meta?.reason, result?.['isError']]).toEqual(['deny', 'invalid_arguments', true]);
    expect(said).toContain(place);
    expect(storyOf(served.scratch.data, meta?.id ?? '')).toEqual(['deny', 'invalid_arguments']);
    expect(decisionOn(served.scratch.data, meta?.id ?? '').guard).toBe('strict-input');
    expect(served.upstream.calls).toEqual([]);
  });

  it.each([
    ['reserved_key', { order: '1', more: { __entity: { type: 'Role', id: 'admin' } } }],
    ['too_deep', { order: '1', more: nested(40) }],
    ['too_large', { order: '1', more: 'x'.repeat(70_000) }],
  ])('refuses %s in arguments', async (reason, args) => {
    const { meta } = await callTool(served.sallyport, ANN.token, ['bank__pay', args]);
    expect([meta?.decision, meta?.reason]).toEqual(['deny', reason]);
    expect(storyOf(served.scratch.data, meta?.id ?? '')).toEqual(['deny', reason]);
    expect(served.upstream.calls).toEqual([]);
  });

  it.each([
    ['note', 1_000],
    ['upload', 900_000],
  ])(
    'lets arguments of %s through up to their size, and says which setting refuses larger ones',
    async (name, most) => {
      const text = (bytes: number) => ({ text: 'x'.repeat(bytes - '{"text":""}'.length) });
      const { meta, said } = await callTool(served.sallyport, ANN.token, [`bank__${name}`, text(most + 1)]);
      expect(meta?.reason).toBe('too_large');
      expect(said).toContain(`have ${most + 1} bytes, and this tool takes ${most}.`);
      expect(said).toContain('`max_argument_bytes` of the tool or its upstream');
      expect(decisionOn(served.scratch.data, meta?.id ?? '')).toMatchObject({ arguments: { bytes: most + 1 } });
      expect(await sealedOf(meta?.id)).toEqual([]);
      expect(served.upstream.calls).toEqual([]);

      const allowed = await callTool(served.sallyport, ANN.token, [`bank__${name}`, text(most)]);
      expect(storyOf(served.scratch.data, allowed.meta?.id ?? '')).toEqual(['allow', 'allowed', 'call.completed']);
      expect(served.upstream.calls.splice(0).map(({ args }) => args)).toEqual([text(most)]);
      expect(await sealedOf(allowed.meta?.id)).toEqual([JSON.stringify(text(most))]);
    },
  );

  it('sends the value on that it judged, not the bytes that came in', async () => {
    const args = '{ "amount" : 1.50e0, "ord\\u0065r":"12" }';
    const { meta } = await callTool(served.sallyport, ANN.token, ['bank__pay', args]);
    expect(meta?.decision).toBe('allow');
    expect(storyOf(served.scratch.data, meta?.id ?? '')).toEqual(['allow', 'allowed', 'call.completed']);
    expect(served.upstream.calls[0]?.args).toEqual({ amount: 1.5, order: '12' });
    expect(served.upstream.calls[0]?.text).not.toContain('\\u0065');
  });

  it('refuses headers that disagree with the body', async () => {
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'bank__pay', arguments: { order: '1' }, _meta: modernMeta() },
    });
    const ran = served.upstream.calls.length;
    for (const headers of [
      modernHeaders(ANN.token, 'tools/call', 'bank__other'),
      modernHeaders(ANN.token, 'tools/list', 'bank__pay'),
      { ...json, authorization: `Bearer ${ANN.token}`, 'mcp-protocol-version': '2026-07-28' },
    ]) {
      const { status, text } = await send(served.sallyport, { headers, body });
      expect([status, (JSON.parse(text) as { error: { code: number } }).error.code]).toEqual([400, -32020]);
    }
    expect(refusedRequests(served.scratch.data).slice(-3)).toEqual(Array(3).fill('header_mismatch'));
    expect(served.upstream.calls.length).toBe(ran);
  });

  it('has each size tried by check', async () => {
    const { stdout } = await served.cli('check');
    expect(stdout).toContain('strict-input/too_large/bank/note');
    expect(stdout).toContain('strict-input/too_large/bank/upload');
  });

  it('leaves a sound record', () => {
    expect(faultsIn(served.scratch.data)).toEqual([]);
  });
});

function nested(depth: number): JsonObject {
  return depth === 0 ? {} : { n: nested(depth - 1) };
}
