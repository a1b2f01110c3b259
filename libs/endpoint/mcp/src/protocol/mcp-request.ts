import type { Clock, Gateway, Ids, Keys, Observer, Principal } from '@sallyport/contracts';
import type { RpcRequest } from '@sallyport/mcp';
import type { ListChanges } from './list-changes.ts';
import type { McpClient } from './mcp-client.ts';
import type { Pages } from './pages.ts';
import type { Proposed } from './resource-updates.ts';

/** The way back to the client for one request. */
export interface Reply {
  /** Whether messages can be sent ahead of the answer. */
  readonly canStream: boolean;
  /** Aborted when the request is cancelled. */
  readonly controller: AbortController;
  /** Aborted when nothing reaches the client any more, cancelled or not. */
  readonly gone: AbortSignal;
  /** Sends a message ahead of the answer. `droppable` ones are dropped when the client reads too slowly. */
  stream(text: string, droppable: boolean): void;
  /** Resolves when the client has taken most of what was sent, or is gone. */
  taken(): Promise<void>;
  /**
   * Gives the answer of a request whose token lacks scopes, in the way that has a client get them (MCP, authorization, scope
   * challenge); false where there is none any more. Absent where a transport has none.
   */
  challenge?(scopes: readonly string[], text: string): boolean;
  /** Gives the answer; the status counts where the transport has one and nothing was streamed. */
  end(status: number, text: string): void;
}

/** One request of a client: what it says, who sent it, and the way back. */
export interface McpRequest {
  readonly message: RpcRequest;
  readonly client: McpClient;
  readonly reply: Reply;
  /** Of `resources/subscribe`: kept once it is allowed and made. */
  readonly subscription?: Proposed;
}

/** The command by which a person approves; null where no command reaches this process. */
export type ApproveWith = (approval: string) => string | null;

/** The page on which somebody signs in at an upstream; null where no browser reaches this process. */
export type SignInAt = (upstream: string, principal: Principal) => string | null;

/** What clients are told beside the list of tools (`instructions`); null for nothing. */
export type Instructions = () => string | null;

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
  readonly signInAt: SignInAt;
  readonly instructions: Instructions;
  readonly lists: ListChanges;
  readonly pages: Pages;
}
