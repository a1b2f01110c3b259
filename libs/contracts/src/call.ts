import type { Agent, Subject } from './identity.ts';
import type { JsonObject } from './json.ts';

/** `sha256:<base64url>` or `hmac-sha256:<base64url>`. */
export type Digest = string;

/** One `tools/call` on its way through Sallyport. `callId` names one evaluation; two sends by a client are two calls. */
export interface Call {
  /** 128 bits, created by the gateway, in ULID form. */
  readonly callId: string;
  readonly tenant: string;
  readonly gateway: GatewayRef;
  readonly subject: Subject;
  readonly agent: Agent;
  readonly session: string | null;
  readonly flow: string | null;
  readonly action: 'tools/call';
  readonly upstream: string;
  /** The name that the upstream gave, without our prefix. */
  readonly tool: string;
  /** Digest of the approved definition; null where no such tool is approved. */
  readonly definition: Digest | null;
  readonly arguments: JsonObject;
  /** How many members that the client sent are not in the arguments; absent where none is missing. */
  readonly leftOut?: number;
  /** HMAC under the tenant's key over (subject, upstream, tool, arguments): the same call has the same digest. */
  readonly digest: Digest;
  /** Wall clock, milliseconds since the epoch. */
  readonly receivedAt: number;
  /** Wall clock, milliseconds since the epoch; stations drop what is past it. */
  readonly deadline: number;
  readonly traceparent: string | null;
}

/** Which gateway process created a call, and its place among that process's calls. */
export interface GatewayRef {
  /** Random per process start. */
  readonly boot: string;
  /** Counts from 1, without gaps, per boot. */
  readonly counter: number;
}
