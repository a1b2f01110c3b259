import { startFixtureServer } from '@sallyport/conformance/fixture-server.mjs';
import { eventually, freePort, makeScratch, runCli } from '@sallyport/testing/harness';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientKind, ConnectedClient, Said } from './clients.ts';
import { clientReasons } from './reasons.ts';
import { runSallyport } from './running.ts';

const token = 'dev-ann-token';

/** What is tried with each client. */
export const steps = ['list', 'call', 'error', 'refusal', 'confirmation', 'cancel', 'restart'] as const;
export type Step = (typeof steps)[number];
type Results = Readonly<Record<Step, string>>;

export const paths = ['direct', 'through Sallyport'] as const;
export type Path = (typeof paths)[number];

/** One client on one path. */
export interface ClientRow {
  readonly kind: ClientKind;
  readonly path: Path;
  readonly cells: Results;
  readonly why: string;
  /** What must hold and did not. */
  readonly faults: readonly string[];
}

const policies = `@id("everything") permit (principal, action, resource is Tool);
@id("never") @hard forbid (principal, action == Action::"shop/echo", resource) when { context.arguments.text == "never" };
@id("ask") @confirm("self") @ask("Delete {what}?") forbid (principal, action == Action::"shop/delete", resource);
`;

/** What nobody but Sallyport does. */
const guarded: ReadonlySet<Step> = new Set(['refusal', 'confirmation']);

/** A server of both eras that can be ended and started again at its address, and notices who cancels. */
async function startShop() {
  const text = { type: 'string' };
  const said = (text: string, isError = false) => ({ content: [{ type: 'text', text }], isError });
  let cancelled = 0;
  const tools = {
    echo: {
      description: 'Says it again.',
      inputSchema: { type: 'object', properties: { text }, required: ['text'] },
      run: ({ text }: { text: string }) => said(`you said ${text}`),
    },
    fail: { description: 'Fails.', run: () => said('no apples left', true) },
    delete: {
      description: 'Deletes.',
      inputSchema: { type: 'object', properties: { what: text }, required: ['what'] },
      run: ({ what }: { what: string }) => said(`deleted ${what}`),
    },
    slow: {
      description: 'Takes ten seconds.',
      async run(_: unknown, { mcpReq }: { mcpReq: { signal: AbortSignal } }) {
        await sleep(10_000, undefined, { signal: mcpReq.signal }).catch(() => (cancelled += 1));
        return said('done');
      },
    },
  };
  const port = await freePort();
  const start = () => startFixtureServer({ port, tools });
  let server = await start();
  return {
    url: server.url,
    cancelled: () => cancelled,
    async restart() {
      await server.close();
      server = await start();
    },
    close: () => server.close(),
  };
}

/** What stands between a client and the end of the row. */
interface Stage {
  readonly url: string;
  /** Says yes to the question that waits; `null` where nobody asks. */
  readonly approve: (() => Promise<void>) | null;
  readonly cancelled: () => number;
  restart(): Promise<void>;
}

/** Runs every client, first without Sallyport and then through it. */
export async function clientRows(kinds: readonly ClientKind[]): Promise<ClientRow[]> {
  const shop = await startShop();
  const port = await freePort();
  const upstreams = { shop: { url: shop.url, definitions: 'trust_on_first_use' as const } };
  const scratch = makeScratch({
    config: { listen: `127.0.0.1:${port}`, upstreams, approvals: { decide_within: '5s' } },
    policies: { 'shop.cedar': policies },
  });
  let sallyport = await runSallyport(scratch);
  const direct: Stage = { url: shop.url, approve: null, cancelled: shop.cancelled, restart: shop.restart };
  const through: Stage = {
    url: `${sallyport.url}/mcp/shop`,
    cancelled: shop.cancelled,
    async approve() {
      const listed = await runCli(['approvals', '--json', '-c', scratch.config], { cwd: scratch.directory, token });
      const { id } = JSON.parse(listed.stdout.trim().split('\n')[0] ?? '{}') as { id: string };
      await runCli(['approve', id, '--yes', '-c', scratch.config], { cwd: scratch.directory, token });
    },
    async restart() {
      await sallyport.stop();
      sallyport = await runSallyport(scratch);
    },
  };
  const rows: ClientRow[] = [];
  for (const kind of kinds) {
    rows.push(rowOf(kind, 'direct', await play(kind, direct)));
    rows.push(rowOf(kind, 'through Sallyport', await play(kind, through)));
  }
  await sallyport.stop();
  scratch.remove();
  await shop.close();
  return rows;
}

function rowOf(kind: ClientKind, path: Path, results: Results): ClientRow {
  const expected = clientReasons[kind.id]?.[path] ?? {};
  const faults: string[] = [];
  const cells = steps.map((step) => {
    const [cell = ''] = results[step].split(':');
    const wanted = expected[step]?.cell ?? (path === 'direct' && guarded.has(step) ? '–' : 'yes');
    if (cell !== wanted) faults.push(`${kind.id} ${path} ${step}: ${results[step]}, expected ${wanted}`);
    return [step, cell];
  });
  const why = Object.entries(expected).map(([step, reason]) => `${step}: ${reason.why}`);
  return { kind, path, cells: Object.fromEntries(cells) as Results, why: why.join('; '), faults };
}

async function play(kind: ClientKind, stage: Stage): Promise<Results> {
  let client: ConnectedClient;
  try {
    client = await kind.connect(stage.url, token);
  } catch (thrown) {
    const said = `no connection: ${(thrown as Error).message}`;
    return Object.fromEntries(steps.map((step) => [step, said])) as Results;
  }
  const results: Record<string, string> = {};
  for (const step of steps) {
    try {
      results[step] = await plays[step](client, stage, kind.id);
    } catch (thrown) {
      results[step] = `fails: ${(thrown as Error).message}`;
    }
  }
  await client.close().catch(() => undefined);
  return results as Results;
}

const plays: Readonly<Record<Step, (client: ConnectedClient, stage: Stage, id: string) => Promise<string>>> = {
  list: async (client) => ((await client.list()).sort().join(' ') === 'delete echo fail slow' ? 'yes' : 'no'),
  call: async (client) => expectText(await client.call('echo', { text: 'apples' }), 'you said apples', false),
  error: async (client) => expectText(await client.call('fail', {}), 'no apples left', true),
  async refusal(client, { approve }) {
    if (approve === null) return '–';
    return expectText(await client.call('echo', { text: 'never' }), /forbid/i, true);
  },
  async confirmation(client, { approve }, id) {
    if (approve === null) return '–';
    const before = client.asked();
    const args = { what: id };
    const first = await client.call('delete', args);
    if (client.asked() > before) return expectText(first, `deleted ${id}`, false);
    await approve();
    return expectText(await client.call('delete', args), `deleted ${id}`, false, 'outside');
  },
  async cancel(client, { cancelled }) {
    const before = cancelled();
    await client.call('slow', {}, 4000);
    const heard = await eventually(() => cancelled() > before, 3000).catch(() => false);
    return heard ? 'yes' : 'no';
  },
  async restart(client, stage) {
    await stage.restart();
    await sleep(200); // until the client has seen that its connections are closed
    return expectText(await client.call('echo', { text: 'again' }), 'you said again', false);
  },
};

function expectText(said: Said, wanted: string | RegExp, isError: boolean, as = 'yes'): string {
  const { text = '' } = said;
  const right = typeof wanted === 'string' ? text === wanted : wanted.test(text);
  return right && said.isError === isError ? as : `no: ${JSON.stringify(said).slice(0, 300)}`;
}
