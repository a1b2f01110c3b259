import { PassThrough } from 'node:stream';
import { ClientRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { callActions, clientMethod, type JsonObject, listings, methods, targetKinds } from '@sallyport/contracts';
import { createStdioEndpoint } from '../stdio/stdio-endpoint.ts';
import { fakeOptions, FakeGateway, people } from '../testing/fake-gateway.ts';
import { type RunningEndpoint, runEndpoint } from '../testing/running-endpoint.ts';

const unknown = ['nothing', 'tools/delete', 'constructor', 'toString', '__proto__', 'hasOwnProperty', ''];
const all = [...Object.keys(methods.client), ...unknown];
const eras = ['legacy', 'modern'] as const;
const isRefused = (method: string, era: (typeof eras)[number]): boolean =>
  (clientMethod(method)?.[era] ?? 'refuse') === 'refuse';

/** What came back, and what the gateway was told that it refused meanwhile. */
interface Seen {
  readonly code: number | undefined;
  readonly refusals: readonly string[];
  readonly result?: JsonObject | undefined;
}

type Ask = (method: string, params?: JsonObject) => Promise<Seen>;

/** Parameters of a call of something of the upstream `shop`, as it is named at `/mcp`. */
const callOf: Readonly<Record<(typeof callActions)[number], (name: string) => JsonObject>> = {
  'tools/call': (name) => ({ name: `shop__${name}` }),
  'prompts/get': (name) => ({ name: `shop__${name}` }),
  'resources/read': (name) => ({ uri: `shop+${name}` }),
  'resources/subscribe': (name) => ({ uri: `shop+${name}` }),
  'completion/complete': (name) => ({
    ref: { type: 'ref/resource', uri: `shop+${name}` },
    argument: { name: 'a', value: '' },
  }),
};

/** Asks over HTTP, and over standard streams; the session is open where there is one. */
const transports: readonly [
  string,
  (era: (typeof eras)[number]) => Promise<{ ask: Ask; gateway: FakeGateway; close: () => Promise<void> }>,
][] = [
  [
    'HTTP',
    async (era) => {
      const run: RunningEndpoint = await runEndpoint();
      const session = era === 'legacy' ? await run.open() : {};
      return {
        gateway: run.gateway,
        close: () => run.close(),
        async ask(method, params = {}) {
          const before = run.gateway.refusals.length;
          const { json } = await (era === 'modern' ? run.modern(method, params) : run.legacy(method, params, session));
          return { code: json.error?.code, refusals: run.gateway.refusals.slice(before), result: json.result };
        },
      };
    },
  ],
  [
    'standard streams',
    async (era) => {
      const gateway = new FakeGateway();
      const [input, output] = [new PassThrough(), new PassThrough()];
      const { alice } = people;
      if (alice === undefined) throw new Error('nobody there');
      const endpoint = createStdioEndpoint({ ...fakeOptions(gateway), principal: alice, input, output });
      let id = 0;
      const send = async (method: string, params: object): Promise<Seen> => {
        id += 1;
        const before = gateway.refusals.length;
        const answered = new Promise<string>((resolve) =>
          output.on('data', function take(chunk: Buffer) {
            const found = chunk
              .toString()
              .split('\n')
              .find((line) => line !== '' && (JSON.parse(line) as { id?: unknown }).id === id);
            if (found === undefined) return;
            output.off('data', take);
            resolve(found);
          }),
        );
        input.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
        const { error, result } = JSON.parse(await answered) as { error?: { code: number }; result?: JsonObject };
        return { code: error?.code, refusals: gateway.refusals.slice(before), result };
      };
      const _meta = {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': {},
      };
      if (era === 'legacy')
        await send('initialize', {
          protocolVersion: '2025-11-25',
          capabilities: {},
          clientInfo: { name: 'x', version: '1' },
        });
      return {
        gateway,
        close: () => (input.end(), endpoint.closed),
        ask: (method, params) => send(method, era === 'modern' ? { ...params, _meta } : { ...params }),
      };
    },
  ],
];

describe.each(transports)('over %s', (_, open) => {
  describe.each(eras)('a method of the %s era', (era) => {
    let to: Awaited<ReturnType<typeof open>>;
    beforeAll(async () => void (to = await open(era)));
    afterAll(() => to.close());
    // A stream of its own, and the opening of a session: they have their own tests.
    const asked = all.filter((method) => method !== 'initialize' && clientMethod(method)?.[era] !== 'subscribe');

    // The stateless revision has no method for it, but `subscriptions/listen`.
    const own = callActions.filter((action) => era === 'legacy' || action !== 'resources/subscribe');

    it.each(asked)('%s is refused on record, or what its row says', async (method) => {
      const { code, refusals } = await to.ask(method);
      if (isRefused(method, era)) expect([code, refusals]).toEqual([-32601, ['method_refused']]);
      else expect(code).not.toBe(-32601);
    });

    it('reaches the gateway as a call only where its row says so', () => {
      const calls = Object.entries(methods.client).filter(([, row]) => row[era] === 'call');
      expect(calls.map(([method]) => method).sort()).toEqual([...own].sort());
      expect(to.gateway.calls).toEqual([]);
    });

    it.each(own)('%s reaches it as a call of that action, whatever it is of', async (action) => {
      for (const name of ['hidden', 'nothing']) {
        const before = to.gateway.calls.length;
        await to.ask(action, callOf[action](name));
        expect(to.gateway.calls.slice(before)).toMatchObject([{ action, upstream: 'shop', target: { name } }]);
      }
    });

    it.each(targetKinds.map((kind) => [listings[kind].method, kind] as const))(
      '%s lists each %s',
      async (method, kind) => {
        const { items, key } = listings[kind];
        const listed = (await to.ask(method)).result?.[items] as JsonObject[];
        expect(listed).toHaveLength(to.gateway.listed[kind].length);
        for (const item of listed) expect(item[key]).toMatch(/^shop(__|\+)/);
        expect((await to.ask(method, { cursor: 'made-up' })).code).toBe(-32602);
      },
    );
  });
});

it.each(unknown)('%p has no row', (method) => expect(clientMethod(method)).toBeUndefined());

it('every request of the published SDK has a row', () => {
  const known = ClientRequestSchema.options.map(({ shape }) => shape.method.value);
  expect(known.filter((method) => clientMethod(method) === undefined)).toEqual([]);
});
