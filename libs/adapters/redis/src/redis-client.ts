import { Cluster, Redis, type RedisOptions, type Result } from 'ioredis';
import { inTime } from './deadline.ts';
import { RESERVE_LUA } from './scripts/reserve.lua.ts';
import { RESTORE_LUA } from './scripts/restore.lua.ts';
import { SETTLE_LUA } from './scripts/settle.lua.ts';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    /** `RESERVE_LUA`: a `Reservation` as JSON. */
    sallyportReserve(keyCount: number, ...keysAndArguments: (string | number)[]): Result<string, Context>;
    /** `RESTORE_LUA` */
    sallyportRestore(keyCount: number, ...keysAndArguments: (string | number)[]): Result<null, Context>;
    /** `SETTLE_LUA` */
    sallyportSettle(keyCount: number, ...keysAndArguments: (string | number)[]): Result<null, Context>;
  }
}

export interface RedisAddress {
  /** `host:port`, or `[v6]:port`: one server, or some nodes of a cluster. */
  readonly nodes: readonly string[];
  readonly cluster: boolean;
  readonly username?: string;
  readonly password?: string;
  /** Speaks TLS, and checks the certificate. */
  readonly tls: boolean;
}

export type RedisClient = Redis | Cluster;

/** A server that says nothing for so long is connected to again: a cut network ends no connection. Milliseconds. */
const SILENCE_MS = 1_000;

/** Soon again, and never later than half a second. */
const retryStrategy = (times: number): number => Math.min(20 * times, 500);

/**
 * Fails at once rather than later: a call that waits for its limits is a call that hangs. Nothing is queued for a server
 * that is away and nothing is sent twice. How long an
 * answer may take is counted by `within`.
 */
const failFast = {
  maxRetriesPerRequest: 0,
  connectTimeout: SILENCE_MS,
  socketTimeout: SILENCE_MS,
  autoResendUnfulfilledCommands: false,
  // It groups commands by a turn of the event loop, which makes single ones slower.
  enableAutoPipelining: false,
} satisfies RedisOptions;

/** A client that begins to connect, and goes on trying whatever happens. The scripts are its commands. */
export function createRedisClient({ nodes, cluster, username, password, tls }: RedisAddress): RedisClient {
  const options = { ...failFast, username, password, ...(tls ? { tls: {} } : {}) };
  const addresses = nodes.map(parseAddress);
  const [first] = addresses;
  if (first === undefined) throw new TypeError('Redis needs the address of a node');
  const client = cluster
    ? new Cluster(addresses, {
        redisOptions: options,
        enableOfflineQueue: false,
        clusterRetryStrategy: retryStrategy,
        maxRedirections: 3,
        retryDelayOnFailover: 50,
        // Certificates name hosts: the address stays as the node tells it.
        ...(tls ? { dnsLookup: (address, callback) => callback(null, address) } : {}),
      })
    : new Redis({ ...options, ...first, enableOfflineQueue: false, retryStrategy });
  client.defineCommand('sallyportReserve', { lua: RESERVE_LUA });
  client.defineCommand('sallyportRestore', { lua: RESTORE_LUA });
  client.defineCommand('sallyportSettle', { lua: SETTLE_LUA });
  return client;
}

/**
 * Asks the server, or every master of a cluster: one that hangs holds up the tenants in its slots. Rejects if one is silent
 * for `ms`.
 */
export async function pingRedis(client: RedisClient, ms: number): Promise<void> {
  const servers = client instanceof Cluster ? client.nodes('master') : [client];
  if (servers.length === 0) throw new Error('no node of the cluster is known');
  await inTime(ms, Promise.all(servers.map((server) => server.ping())));
}

function parseAddress(address: string): { host: string; port: number } {
  const [, v6, name, port] = /^(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(address) ?? [];
  const host = v6 ?? name;
  if (host === undefined) throw new TypeError(`not a host and a port: ${address}`);
  return { host, port: Number(port) };
}
