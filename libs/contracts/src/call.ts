import type { Agent, Subject } from './identity.ts';
import type { JsonObject } from './json.ts';

/** `sha256:<base64url>` or `hmac-sha256:<base64url>`. */
export type Digest = string;

/** Methods whose requests are calls: each is judged, recorded, and only then sent. */
export const callActions = [
  'tools/call',
  'prompts/get',
  'resources/read',
  'resources/subscribe',
  'completion/complete',
] as const;
export type CallAction = (typeof callActions)[number];

/** What a call may be of. */
export const targetKinds = ['tool', 'prompt', 'resource', 'template'] as const;
export type TargetKind = (typeof targetKinds)[number];

/** What the calls of each method are of. */
export const kindsOfAction: Readonly<Record<CallAction, readonly TargetKind[]>> = {
  'tools/call': ['tool'],
  'prompts/get': ['prompt'],
  'resources/read': ['resource'],
  'resources/subscribe': ['resource'],
  'completion/complete': ['prompt', 'template'],
};

/** By which methods a kind is called, the usual one first. */
export function actionsOfKind(kind: TargetKind): readonly [CallAction, ...CallAction[]] {
  const [first = 'tools/call', ...more] = callActions.filter((action) => kindsOfAction[action].includes(kind));
  return [first, ...more];
}

/** What a call is of, within its upstream. */
export interface Target {
  readonly kind: TargetKind;
  /** As the upstream gave it, without our prefix: a name, the URI of a resource, the URI template of a template. */
  readonly name: string;
}

/** A tool as what a call is of. */
export function toolTarget(name: string): Target {
  return { kind: 'tool', name };
}

/**
 * A target in one piece, as it stands where tools are named, in limits, switches, metrics and the record: the name of a tool,
 * `<kind>:<name>` of anything else. Every resource is `resource:*`, since a URI may hold anything about anybody.
 */
export function targetText({ kind, name }: Target): string {
  if (kind === 'tool') return name;
  return kind === 'resource' ? 'resource:*' : `${kind}:${name}`;
}

/** One request of a client on its way through Sallyport. `callId` names one evaluation; two sends by a client are two calls. */
export interface Call {
  /** 128 bits, created by the gateway, in ULID form. */
  readonly callId: string;
  readonly tenant: string;
  readonly gateway: GatewayRef;
  readonly subject: Subject;
  readonly agent: Agent;
  readonly session: string | null;
  readonly flow: string | null;
  readonly action: CallAction;
  readonly upstream: string;
  readonly target: Target;
  /** Digest of the approved definition; null where nothing of the kind is approved, and of resources, which have none. */
  readonly definition: Digest | null;
  /** Of a tool or prompt its arguments; of a completion `argument` and `context`; nothing of a resource. */
  readonly arguments: JsonObject;
  /** How many members that the client sent are not in the arguments; absent where none is missing. */
  readonly leftOut?: number;
  /** HMAC under the tenant's key over (subject, action, upstream, target, arguments): the same call has the same digest. */
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
