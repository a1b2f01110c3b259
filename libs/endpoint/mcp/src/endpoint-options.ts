import type { Clock, Config, Identity, Ids, Keys, Observer, Gateway, OtherGateways } from '@sallyport/contracts';
import type { SignIn } from './http/challenge.ts';
import type { ApproveWith, SignInAt } from './protocol/mcp-request.ts';
import type { SessionOptions } from './protocol/sessions.ts';

/** What the MCP edge is made of. */
export interface GatewayOptions {
  readonly gateway: Gateway;
  readonly identity: Identity;
  /** The issuers that may speak for a tenant, or that the operator names; these for everybody if absent. */
  readonly issuersFor?: SignIn['issuersFor'];
  readonly config: Pick<
    Config,
    | 'public_url'
    | 'allowed_hosts'
    | 'allowed_origins'
    | 'listen'
    | 'http'
    | 'identity'
    | 'max_request_bytes'
    | 'approvals'
  >;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly keys: Keys;
  readonly observer: Pick<Observer, 'incident' | 'watched'>;
  /** Of the product, for `serverInfo`. */
  readonly version?: string;
  /** `sallyport approve <approval> --token <token>` if absent. */
  readonly approveWith?: ApproveWith;
  /** Nowhere if absent. */
  readonly signInAt?: SignInAt;
  readonly sessions?: SessionOptions;
  /** The other gateways, where there may be any. */
  readonly others?: OtherGateways;
  /** What one caller may send, as configured now. */
  readonly floods: () => Pick<Config['floods'], 'requests' | 'failures'>;
}

/** Where nobody says how the command is typed here. */
export const usualApprove: ApproveWith = (approval) => `sallyport approve ${approval} --token <token>`;

/** Milliseconds that a question may wait in an open request: a client's own time-out is shorter anyway. */
export const MAX_ASK_MS = 600_000;
