import { PassThrough } from 'node:stream';
import { ClientRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { clientMethod, methods } from '@sallyport/contracts';
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
}

type Ask = (method: string) => Promise<Seen>;

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
        async ask(method) {
          const before = run.gateway.refusals.length;
          const { json } = await (era === 'modern' ? run.modern(method) : run.legacy(method, {}, session));
          return { code: json.error?.code, refusals: run.gateway.refusals.slice(before) };
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
        const { error } = JSON.parse(await answered) as { error?: { code: number } };
        return { code: error?.code, refusals: gateway.refusals.slice(before) };
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
        ask: (method) => send(method, era === 'modern' ? { _meta } : {}),
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

    it.each(asked)('%s is refused on record, or what its row says', async (method) => {
      const { code, refusals } = await to.ask(method);
      if (isRefused(method, era)) expect([code, refusals]).toEqual([-32601, ['method_refused']]);
      else expect(code).not.toBe(-32601);
    });

    it('reaches the gateway as a call only where its row says so', () => {
      const calls = Object.entries(methods.client).filter(([, row]) => row[era] === 'call');
      expect(calls.map(([method]) => method)).toEqual(['tools/call']);
      expect(to.gateway.calls).toEqual([]);
    });
  });
});

it.each(unknown)('%p has no row', (method) => expect(clientMethod(method)).toBeUndefined());

it('every request of the published SDK has a row', () => {
  const known = ClientRequestSchema.options.map(({ shape }) => shape.method.value);
  expect(known.filter((method) => clientMethod(method) === undefined)).toEqual([]);
});
