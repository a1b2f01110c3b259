import { counted } from '@sallyport/base';
import { type Check, checks, differences, isNoAnswer, observe, type Observed } from './observe.ts';
import { reasons } from './reasons.ts';
import type { PublishedServer } from './servers.ts';
import { connectDirectly, type OpenWay, openWay, type Way, ways } from './ways.ts';

/** One server and one check: how it was directly, and in each way. */
export interface Row {
  readonly server: PublishedServer;
  readonly check: Check;
  readonly direct: string;
  readonly cells: Readonly<Record<Way, string>>;
  readonly why: string;
  /** What must hold and did not. */
  readonly faults: readonly string[];
}

/** Runs all servers directly and in all ways. */
export async function serverRows(servers: readonly PublishedServer[]): Promise<Row[]> {
  const direct = new Map<string, Observed>();
  for (const server of servers) direct.set(server.id, await seenDirectly(server));
  const seen = new Map<Way, Map<string, Observed | Error>>();
  for (const way of ways) seen.set(way, await seenThrough(way, servers));
  return servers.flatMap((server) =>
    checks.map((check) => {
      const alone = direct.get(server.id) as Observed;
      const found = ways.map((way) => [way, seen.get(way)?.get(server.id) as Observed | Error] as const);
      return rowOf(server, check, alone, found);
    }),
  );
}

async function seenDirectly(server: PublishedServer): Promise<Observed> {
  const connected = await connectDirectly(server);
  try {
    return await observe(connected, server);
  } finally {
    await connected.client.close();
  }
}

async function seenThrough(way: Way, servers: readonly PublishedServer[]): Promise<Map<string, Observed | Error>> {
  const open = await openWay(way, servers);
  const seen = new Map<string, Observed | Error>();
  for (const server of servers) seen.set(server.id, await observed(open, server));
  await open.close();
  return seen;
}

async function observed(open: OpenWay, server: PublishedServer): Promise<Observed | Error> {
  try {
    return await observe(await open.connect(server.id), server);
  } catch (thrown) {
    return thrown as Error;
  }
}

type Found = readonly (readonly [Way, Observed | Error])[];

function rowOf(server: PublishedServer, check: Check, direct: Observed, found: Found): Row {
  const reason = reasons[server.id]?.[check];
  const expected = [...(reason?.at ?? [])].join(' ');
  const faults: string[] = [];
  if (isNoAnswer(direct[check]))
    faults.push(`${server.id} ${check} direct: no answer: ${JSON.stringify(direct[check])}`);
  const cells = found.map(([way, seen]) => {
    const places = seen instanceof Error ? [seen.message] : differences(direct[check], seen[check]);
    if (places.join(' ') !== expected) {
      const saw = seen instanceof Error ? '' : `: ${JSON.stringify(seen[check]).slice(0, 600)}`;
      faults.push(`${server.id} ${check} ${way}: differs at [${places}], expected [${expected}]${saw}`);
    }
    return [way, places.length === 0 ? 'same' : 'differs'];
  });
  return {
    server,
    check,
    direct: check === 'list' ? toolsIn(direct.list) : `\`${server[check][0]}\``,
    cells: Object.fromEntries(cells) as Record<Way, string>,
    why: reason?.why ?? '',
    faults,
  };
}

function toolsIn(list: Observed['list']): string {
  return counted(Object.keys(list).length, 'tool');
}
