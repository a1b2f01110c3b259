import { canonical } from '@sallyport/base';
import type { JsonObject } from '@sallyport/contracts';
import {
  ANN,
  anyTool,
  callTool,
  decisionOn,
  modernHeaders,
  modernMeta,
  OPEN,
  send,
  serveScripted,
} from '@sallyport/testing/harness';

const strong = '^(?=.*[0-9])(?=.*[a-z]).{3,}$';
const tools = [
  anyTool('sign_up', {
    inputSchema: {
      $schema: 'http://json-schema.org/draft-04/schema#',
      id: 'sign-up',
      type: 'object',
      properties: {
        email: { type: 'string', format: 'email', pattern: '^(?!\\.).+$' },
        password: { type: 'string', pattern: strong, nullable: true },
        age: { type: 'integer', minimum: 17, exclusiveMinimum: true },
      },
      required: ['email'],
    },
  }),
  anyTool('anything'),
  anyTool('notes.add', {
    inputSchema: {
      type: 'object',
      properties: {
        text: { type: 'string' },
        n: { type: 'integer' },
        size: { type: 'number' },
        note: { type: 'string' },
      },
    },
  }),
];
/** Holds only of what is left of the arguments. */
const notes = `@id("notes") @hard forbid (principal, action == Action::"lax/notes.add", resource)
unless { context.arguments has n && context.arguments.n == 20 && !(context.arguments has note) };
`;

describe('schemas of published servers in the running instance', () => {
  const served = serveScripted({
    tools,
    policies: { 'open.cedar': OPEN, 'notes.cedar': notes },
    config: (url) => ({
      upstreams: {
        up: { url, definitions: 'trust_on_first_use' },
        lax: { url, definitions: 'trust_on_first_use', arguments: 'drop_unknown' },
      },
    }),
  });

  const call = async (tool: string, args: JsonObject) =>
    (await callTool(served.sallyport, ANN.token, [`up__${tool}`, args])).meta;

  it.each([
    [{ email: 'no address' }],
    [{ email: 'a@b.example', age: 17 }],
    [{ email: 'a@b.example', password: 7 }],
    [{ email: 'a@b.example', other: 1 }],
    [{ age: 18 }],
  ])('refuse %j by what can be enforced', async (args) => {
    expect(await call('sign_up', args)).toMatchObject({ decision: 'deny', reason: 'invalid_arguments' });
    expect(served.upstream.calls).toEqual([]);
  });

  it('let through what they allow', async () => {
    for (const password of [null, 'weak'])
      expect(await call('sign_up', { email: 'a@b.example', age: 18, password })).toMatchObject({ decision: 'allow' });
    expect(await call('anything', { of: [{ any: 'kind' }] })).toMatchObject({ decision: 'allow' });
  });

  it('leave out a null that they do not take, and what they do not name where that is configured, on record', async () => {
    for (const [tool, more, leftOut] of [
      ['up__sign_up', {}, 1],
      ['lax__sign_up', { explanation: 'because' }, 2],
    ] as const) {
      const args = { email: 'a@b.example', age: null, ...more };
      const { meta } = await callTool(served.sallyport, ANN.token, [tool, args]);
      expect(meta).toMatchObject({ decision: 'allow' });
      expect(served.upstream.calls.at(-1)?.args).toEqual({ email: 'a@b.example' });
      expect(decisionOn(served.scratch.data, meta?.id ?? '').arguments).toMatchObject({ left_out: leftOut });
    }
    const { meta } = await callTool(served.sallyport, ANN.token, ['up__sign_up', { email: 'a@b.example' }]);
    expect(decisionOn(served.scratch.data, meta?.id ?? '').arguments).not.toHaveProperty('left_out');
  });

  it('leave one text of arguments, which is judged, recorded and sent, by whatever name the tool is called', async () => {
    const listed = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: modernMeta() } });
    const { text } = await send(served.sallyport, { headers: modernHeaders(ANN.token, 'tools/list'), body: listed });
    const [mapped = ''] = /lax__notes_add__[0-9a-f]{10}/.exec(text) ?? [];
    const left = '{"n":20,"size":1.5,"text":"ü/\u2028"}';
    const written = String.raw`{ "text": "\u00fc\/\u2028", "note": null, "why": {"of": null}, "size": 1.50, "n": 2e1 }`;
    const ways = [
      [mapped, written, '/mcp', 2],
      [mapped, left, '/mcp', undefined],
      ['notes.add', written, '/mcp/lax', 2],
    ] as const;
    const decisions = [];
    for (const [name, args, path, leftOut] of ways) {
      const { meta } = await callTool(served.sallyport, ANN.token, [name, args], { path });
      const sent = served.upstream.calls.slice(-1).map((call) => [call.tool, canonical(call.args)]);
      expect([meta?.decision, ...sent]).toEqual(['allow', ['notes.add', left]]);
      const { call, arguments: recorded } = decisionOn(served.scratch.data, meta?.id ?? '');
      expect([recorded.bytes, recorded.left_out]).toEqual([Buffer.byteLength(left), leftOut]);
      decisions.push([call, recorded.digest]);
    }
    expect(new Set(decisions.map(String)).size).toBe(1);
    const before = served.upstream.calls.length;
    const other = await callTool(served.sallyport, ANN.token, [mapped, written.replace('2e1', '2.1e1')]);
    expect([other.meta?.reason, served.upstream.calls.length]).toEqual(['forbidden', before]);
  });

  it('are told where they are not enforced', async () => {
    const place = 'inputSchema/properties/password/pattern: a pattern needs look-around';
    const listed = await served.cli('definitions', 'list');
    const shown = await served.cli('definitions', 'show', 'up/sign_up');
    const checked = await served.cli('check');
    for (const { stdout, stderr } of [listed, shown, checked]) expect(stdout + stderr).toContain(place);
    expect(checked.stderr).toContain('not enforced: inputSchema/properties/email/pattern');
    expect(checked.code).toBe(0);
  });
});
