import { join } from 'node:path';
import { StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { eventually, makeScratch, root, type Scratch } from '@sallyport/testing/harness';
import { connectFeatureClient, cuttingFetch, type Mode } from './feature-client.ts';
import { type FeatureReason, featureReasons } from './feature-reasons.ts';
import type { FeatureServer } from './feature-servers.ts';
import { type Before, type Feature, features, tryFeature } from './features.ts';
import { differences, isNoAnswer } from './observe.ts';
import { runSallyport } from './running.ts';

/** Ways through Sallyport: over HTTP for clients of revisions with sessions, for one of 2026-07-28 at `/mcp/<upstream>`, and `sallyport stdio`. */
export const featureWays = ['/mcp', '/mcp/<upstream>', '2026-07-28', 'stdio'] as const;
export type FeatureWay = (typeof featureWays)[number];

/** One server and one feature: whether it was in each way as it was directly. */
export interface FeatureRow {
  readonly server: FeatureServer;
  readonly feature: Feature;
  readonly cells: Readonly<Record<FeatureWay, string>>;
  readonly why: string;
  /** What must hold and did not. */
  readonly faults: readonly string[];
}

/** What came of the features of one server, by feature; absent where one was not tried. */
type Seen = ReadonlyMap<Feature, unknown>;

const token = 'dev-ann-token';
/** All that a server may ask a client. */
export const grants = { sampling: {}, elicitation: { forms: true }, roots: true };

/** Tries every server directly and in all ways. */
export async function featureRows(servers: readonly FeatureServer[]): Promise<FeatureRow[]> {
  const direct = new Map<FeatureServer, Seen>();
  for (const server of servers) direct.set(server, await seenDirectly(server));
  const seen = await seenThrough(servers);
  return servers.flatMap((server) =>
    features.flatMap((feature) => {
      const alone = direct.get(server)?.get(feature);
      return alone === undefined ? [] : [rowOf(server, feature, { alone, through: seen })];
    }),
  );
}

function seenDirectly(server: FeatureServer): Promise<Seen> {
  const { fetch, cutNext } = cuttingFetch();
  return seenBy({ server, transport: server.transport(fetch), mode: server.mode, id: null, cutNext });
}

async function seenThrough(servers: readonly FeatureServer[]): Promise<Map<FeatureWay, Map<FeatureServer, Seen>>> {
  const upstreams = Object.fromEntries(
    servers.map(({ id, upstream }) => [
      id,
      {
        ...upstream,
        definitions: 'trust_on_first_use',
        offers: ['tools', 'prompts', 'resources'],
        client_requests: grants,
      },
    ]),
  );
  const policies = { 'all.cedar': '@id("everything") permit (principal, action, resource);\n' };
  const scratch = makeScratch({ config: { upstreams } as never, policies });
  const sallyport = await runSallyport(scratch);
  const seen = new Map<FeatureWay, Map<FeatureServer, Seen>>();
  for (const way of featureWays) {
    if (way === 'stdio') await sallyport.stop();
    const cells = new Map<FeatureServer, Seen>();
    seen.set(way, cells);
    for (const server of servers) cells.set(server, await seenOn(way, server, way === 'stdio' ? scratch : sallyport));
  }
  scratch.remove();
  return seen;
}

function seenOn(way: FeatureWay, server: FeatureServer, over: Scratch | { readonly url: string }): Promise<Seen> {
  const id = way === '/mcp' || way === 'stdio' ? server.id : null;
  const mode: Mode = way === '2026-07-28' ? { pin: way } : 'legacy';
  if ('config' in over) return seenBy({ server, transport: programOf(over), mode, id });
  const url = new URL(way === '/mcp' ? '/mcp' : `/mcp/${server.id}`, over.url);
  const { fetch, cutNext } = cuttingFetch();
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  return seenBy({
    server,
    transport: new StreamableHTTPClientTransport(url, { requestInit, fetch }),
    mode,
    id,
    cutNext,
  });
}

function programOf({ config, directory }: Scratch): Transport {
  return new StdioClientTransport({
    command: process.execPath,
    args: [join(root, 'apps/cli/bin/sallyport.mjs'), 'stdio', '--config', config],
    env: { PATH: process.env['PATH'] ?? '', HOME: directory, SALLYPORT_TOKEN: token },
    stderr: 'ignore',
  });
}

interface Given extends Pick<Before, 'id' | 'cutNext'> {
  readonly server: FeatureServer;
  readonly transport: Transport;
  readonly mode: Mode;
}

async function seenBy({ server, transport, mode, ...at }: Given): Promise<Seen> {
  const { client, heard } = await connectFeatureClient(transport, mode);
  const before = { client, heard, ...at };
  const prefix = at.id === null ? '' : `${at.id}__`;
  const isListed = async () => (await client.listTools()).tools.some(({ name }) => name.startsWith(prefix));
  await eventually(isListed, 30_000);
  const seen = new Map<Feature, unknown>();
  for (const feature of features) {
    const found = await tryFeature(feature, server.tries, before);
    if (found !== null) seen.set(feature, found);
  }
  await client.close();
  return seen;
}

interface Compared {
  readonly alone: unknown;
  readonly through: ReadonlyMap<FeatureWay, ReadonlyMap<FeatureServer, Seen>>;
}

function rowOf(server: FeatureServer, feature: Feature, { alone, through }: Compared): FeatureRow {
  const reasons = featureReasons[server.id]?.[feature] ?? [];
  const faults: string[] = [];
  if (isNoAnswer(alone)) faults.push(`${server.id} ${feature} direct: no answer: ${JSON.stringify(alone)}`);
  const cells = featureWays.map((way) => {
    const here = through.get(way)?.get(server)?.get(feature);
    if (here === undefined) return [way, '–'];
    const places = differences(alone, here).join(' ');
    const expected = reasonIn(reasons, way)?.at.join(' ') ?? '';
    if (places !== expected) faults.push(faultOf(`${server.id} ${feature} ${way}`, { places, expected, alone, here }));
    return [way, places === '' ? 'same' : 'differs'];
  });
  const unused = reasons.flatMap(({ ways = [] }) => ways).filter((way) => !through.get(way)?.get(server)?.has(feature));
  for (const way of unused) faults.push(`${server.id} ${feature} ${way}: has a reason and is not tried`);
  const why = reasons.map(({ ways, why }) => (ways === undefined ? why : `${ways.join(', ')}: ${why}`)).join('; ');
  return { server, feature, cells: Object.fromEntries(cells) as FeatureRow['cells'], why, faults };
}

/** The first reason that holds there. */
export function reasonIn<Way extends string>(
  reasons: readonly FeatureReason<Way>[],
  way: Way,
): FeatureReason<Way> | undefined {
  return reasons.find(({ ways }) => ways === undefined || ways.includes(way));
}

interface Differs {
  readonly places: string;
  readonly expected: string;
  readonly alone: unknown;
  readonly here: unknown;
}

/** Says where two differ, and both. */
export function faultOf(where: string, { places, expected, alone, here }: Differs): string {
  const [direct, through] = [alone, here].map((seen) => JSON.stringify(seen).slice(0, 600));
  return `${where}: differs at [${places}], expected [${expected}]\n  direct:  ${direct}\n  through: ${through}`;
}
