import { type CallKind, echoed } from './call-kinds.ts';
import { Connection } from './http-connection.ts';
import { createRequests, type Target } from './http-requests.ts';

/** What a slice of load has shown. Latencies in milliseconds, sorted. */
export interface Slice {
  readonly latencies: Float64Array;
  readonly calls: number;
  readonly elapsedMs: number;
}

export interface Driver {
  /** Keeps `callers` calls in flight for a while; every call has an argument of its own. Throws at the first wrong answer. */
  calls(callers: number, until: { readonly ms?: number; readonly count?: number }): Promise<Slice>;
  /** The same with `tools/list`, by one caller. */
  lists(until: { readonly ms: number }): Promise<Slice>;
}

/** Each slice has connections of its own, opened before it: servers close those that were idle during other rows' turns. */
export function createDriver(target: Target, kind: CallKind = echoed): Driver {
  const requests = createRequests(target);
  const makeCall = kind(requests);
  let made = 0;

  function call(connection: Connection, caller: number): Promise<void> {
    const id = (made += 1);
    return makeCall({ connection, caller, id, text: `m-${id.toString(36).padStart(34, '0')}` });
  }

  async function list(connection: Connection): Promise<void> {
    const { status, body } = await connection.send(requests.list((made += 1)));
    if (status !== 200 || !body.includes('"tools":[{')) throw new Error(`no list: ${status} ${body.slice(0, 600)}`);
  }

  async function slice(callers: number, act: Act, until: Until): Promise<Slice> {
    const connections = await Promise.all(Array.from({ length: callers }, () => Connection.open(target.url)));
    try {
      return await drive(connections, act, until);
    } finally {
      for (const connection of connections) connection.close();
    }
  }

  return {
    calls: (callers, until) => slice(callers, call, until),
    lists: (until) => slice(1, list, until),
  };
}

type Act = (connection: Connection, caller: number) => Promise<void>;
type Until = Parameters<Driver['calls']>[1];

async function drive(
  connections: readonly Connection[],
  act: Act,
  { ms = Infinity, count = Infinity }: Until,
): Promise<Slice> {
  const latencies: number[] = [];
  const began = performance.now();
  const end = began + ms;
  let begun = 0;

  async function caller(connection: Connection, at: number): Promise<void> {
    for (let from = performance.now(); from < end && begun < count;) {
      begun += 1;
      await act(connection, at);
      const now = performance.now();
      latencies.push(now - from);
      from = now;
    }
  }

  await Promise.all(connections.map(caller));
  const elapsedMs = performance.now() - began;
  return { latencies: Float64Array.from(latencies).sort(), calls: latencies.length, elapsedMs };
}
