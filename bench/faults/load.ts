import { setTimeout as pause } from 'node:timers/promises';
import { callOnce } from '../crash/calling-clients.ts';
import type { Heard } from '../crash/client-account.ts';
import { Connection } from '../src/load/http-connection.ts';
import { createRequests } from '../src/load/http-requests.ts';
import type { Endpoint, Deployment } from './deployment.ts';

/** One call as its caller saw it. */
export interface Seen {
  readonly endpoint: Endpoint;
  /** The policies forbid it. */
  readonly forbidden: boolean;
  readonly began: number;
  /** Monotonic, milliseconds: when it was answered or cut off. */
  readonly ended: number;
  /** Null where the connection ended before the answer. */
  readonly heard: Heard | null;
}

export interface Load {
  /** Calls that are over, in that order. */
  readonly seen: readonly Seen[];
  /** Stops after the calls that are under way. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  readonly callers?: number;
  /** Milliseconds that a caller pauses between two calls. */
  readonly everyMs?: number;
}

/** One call in this many is one that the policies forbid. */
const forbiddenEvery = 10;
/** Calls that a caller makes through one endpoint before it tries the next. */
const stayCalls = 3;

/**
 * Callers that call without end, each through one of the endpoints. Who is cut off goes to another endpoint with another call:
 * what happened to the first is for the record to say.
 */
export function startLoad(sallyport: Deployment, { callers = 6, everyMs = 60 }: LoadOptions = {}): Load {
  const seen: Seen[] = [];
  let running = true;
  let sent = 0;

  async function call(endpoint: Endpoint, connection: Connection): Promise<boolean> {
    const began = performance.now();
    const forbidden = (sent += 1) % forbiddenEvery === 0;
    const kind = forbidden ? 'forbidden' : 'allowed';
    const heard = await callOnce(connection, createRequests(endpoint.target), sallyport.clients, kind).catch(cutOff);
    seen.push({ endpoint, forbidden, began, ended: performance.now(), heard });
    return heard !== null;
  }

  async function stay(endpoint: Endpoint): Promise<void> {
    const connection = await Connection.open(endpoint.target.url).catch(() => null);
    if (connection === null) return pause(everyMs);
    for (let left = stayCalls; left > 0 && running && sallyport.endpoints.includes(endpoint); left -= 1) {
      if (!(await call(endpoint, connection))) break;
      await pause(everyMs);
    }
    connection.close();
  }

  async function caller(at: number): Promise<void> {
    for (let turn = at; running; turn += 1) {
      const endpoint = sallyport.endpoints[turn % Math.max(1, sallyport.endpoints.length)];
      await (endpoint === undefined ? pause(everyMs) : stay(endpoint));
    }
  }

  const ended = Promise.all(Array.from({ length: callers }, (_, at) => caller(at)));
  const load = {
    seen,
    async stop() {
      running = false;
      await ended;
    },
  };
  sallyport.loads.push(load);
  return load;
}

/** A connection that ended is what faults do; anything else is none of theirs. */
function cutOff(error: unknown): null {
  if (error instanceof SyntaxError) throw error;
  return null;
}
