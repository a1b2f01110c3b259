import type { IncomingHttpHeaders } from 'node:http';
import type { Agent, Clock, Ids, JsonObject, Keys, Observer, Gateway, Principal } from '@sallyport/contracts';
import type { Era } from '@sallyport/mcp';
import type { Asks } from './asks.ts';
import type { LegacySession } from './sessions.ts';

/** Who sent a request, and what is known of the client. */
export interface Peer {
  readonly era: Era;
  readonly version: string;
  readonly principal: Principal;
  readonly agent: Agent;
  readonly capabilities: JsonObject;
  /** Null on the stateless revision. */
  readonly session: LegacySession | null;
  /** Where the client's answers to requests of ours arrive; null where it can't be asked. */
  readonly asks: Asks | null;
  /** Requests that `notifications/cancelled` may stop; null where closing the connection does. */
  readonly running: Map<string, AbortController> | null;
  /** The upstream of `/mcp/<upstream>`; null at `/mcp`, where names are qualified. */
  readonly upstream: string | null;
  /** Index into `logLevels`; null where the client wants no log messages. */
  readonly logLevel: number | null;
  /** Null on transports without headers. */
  readonly headers: IncomingHttpHeaders | null;
  /** Size of the request. */
  readonly bytes: number;
}

/** The way back to the client for one request. */
export interface Reply {
  /** Whether messages can be sent ahead of the answer. */
  readonly canStream: boolean;
  /** Aborted when the client is gone or has cancelled. */
  readonly controller: AbortController;
  /** Sends a message ahead of the answer. `droppable` ones are dropped when the client reads too slowly. */
  stream(text: string, droppable: boolean): void;
  /** Gives the answer; the status counts where the transport has one and nothing was streamed. */
  end(status: number, text: string): void;
}

/** The command by which a person approves; null where no command reaches this process. */
export type ApproveWith = (approval: string) => string | null;

/** What serving takes. */
export interface ServingParts {
  readonly gateway: Gateway;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly observer: Pick<Observer, 'incident'>;
  /** Milliseconds that a person may take to answer a question that waits in an open request. */
  readonly askMs: number;
  /** Aborted when we stop: nobody is asked any more, and open questions are put off. */
  readonly stopping: AbortSignal;
  readonly version: string;
  readonly approveWith: ApproveWith;
}
