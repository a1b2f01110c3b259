import { targetKinds, type TargetKind } from './call.ts';
import type { Offered } from './config/upstreams.config.ts';

/**
 * What becomes of a request of a client: a `call` is decided by the guards and recorded, a `list` is answered from what the principal
 * may see, an `answer` is ours to give, `subscribe` is a stream of ours, `refuse` says that there is no such method, on record too.
 */
export type ClientTreatment = 'call' | 'list' | 'answer' | 'subscribe' | 'refuse';

/** A method of clients, in the revisions with a handshake (`legacy`) and in the stateless one (`modern`). */
export interface ClientMethod {
  readonly legacy: ClientTreatment;
  readonly modern: ClientTreatment;
  /** The member of `params` that says what is meant; the header `Mcp-Name` mirrors it (2026-07-28, streamable HTTP). */
  readonly target?: 'name' | 'uri' | 'taskId';
  /** Whether it may be answered by a question to the client (2026-07-28, basic/patterns/mrtr). */
  readonly mayAsk?: true;
  /** What is listed. */
  readonly lists?: TargetKind;
}

/** A request of a server, which the client of the call must have declared that it can answer. Each is decided, and recorded. */
export interface ServerRequest {
  readonly capability: 'sampling' | 'elicitation' | 'roots';
}

/**
 * What becomes of a notification of a server: `client` goes to the client of the call, sanitized; `list` makes us ask again what is
 * offered; `subscribers` is of a subscription of ours, whose clients are told in words of ours; `hop` speaks of the way between us and the server, and ends at us.
 */
export type ServerNotification = 'client' | 'list' | 'subscribers' | 'hop';

const called = { legacy: 'call', modern: 'call' } as const;
const listed = { legacy: 'list', modern: 'list' } as const;
const refused = { legacy: 'refuse', modern: 'refuse' } as const;

/** Every method of MCP that we know. What is absent is refused, and a notification goes no further. */
export const methods = {
  client: {
    'tools/call': { ...called, target: 'name', mayAsk: true },
    'prompts/get': { ...called, target: 'name', mayAsk: true },
    'resources/read': { ...called, target: 'uri', mayAsk: true },
    'completion/complete': called,
    'tools/list': { ...listed, lists: 'tool' },
    'prompts/list': { ...listed, lists: 'prompt' },
    'resources/list': { ...listed, lists: 'resource' },
    'resources/templates/list': { ...listed, lists: 'template' },
    'subscriptions/listen': { legacy: 'refuse', modern: 'subscribe' },
    // In the stateless revision `subscriptions/listen` asks for it, and each URI is such a call.
    'resources/subscribe': { legacy: 'call', modern: 'refuse', target: 'uri' },
    'resources/unsubscribe': { legacy: 'answer', modern: 'refuse', target: 'uri' },

    initialize: { legacy: 'answer', modern: 'refuse' },
    ping: { legacy: 'answer', modern: 'refuse' },
    'logging/setLevel': { legacy: 'answer', modern: 'refuse' },
    'server/discover': { legacy: 'refuse', modern: 'answer' },

    'tasks/cancel': { ...refused, target: 'taskId' },
    'tasks/get': { ...refused, target: 'taskId' },
    'tasks/list': refused,
    'tasks/result': { ...refused, target: 'taskId' },
    'tasks/update': { ...refused, target: 'taskId' },
  },
  serverRequests: {
    'sampling/createMessage': { capability: 'sampling' },
    'elicitation/create': { capability: 'elicitation' },
    'roots/list': { capability: 'roots' },
  },
  serverNotifications: {
    'notifications/message': 'client',
    'notifications/progress': 'client',
    'notifications/tools/list_changed': 'list',
    'notifications/prompts/list_changed': 'list',
    'notifications/resources/list_changed': 'list',
    'notifications/resources/updated': 'subscribers',
    'notifications/subscriptions/acknowledged': 'subscribers',
    'notifications/cancelled': 'hop',
    'notifications/initialized': 'hop',
  },
} as const satisfies {
  readonly client: Readonly<Record<string, ClientMethod>>;
  readonly serverRequests: Readonly<Record<string, ServerRequest>>;
  readonly serverNotifications: Readonly<Record<string, ServerNotification>>;
};

/** How a server is asked what it offers of a kind. */
export interface Listing {
  readonly method: keyof typeof methods.client;
  /** The member of the result that holds what is listed. */
  readonly items: 'tools' | 'prompts' | 'resources' | 'resourceTemplates';
  /** The member of each item that tells it from the others. */
  readonly key: 'name' | 'uri' | 'uriTemplate';
  /**
   * What a server declares that offers the kind, and what `offers` of its configuration names; it also names the notification, and what
   * `subscriptions/listen` asks for.
   */
  readonly capability: Offered;
}

/** How each kind is listed. */
export const listings: Readonly<Record<TargetKind, Listing>> = {
  tool: { method: 'tools/list', items: 'tools', key: 'name', capability: 'tools' },
  prompt: { method: 'prompts/list', items: 'prompts', key: 'name', capability: 'prompts' },
  resource: { method: 'resources/list', items: 'resources', key: 'uri', capability: 'resources' },
  template: {
    method: 'resources/templates/list',
    items: 'resourceTemplates',
    key: 'uriTemplate',
    capability: 'resources',
  },
};

/** The kinds whose lists have changed, as a server's notification says; none for any other notification. */
export function changedKinds(notification: string): readonly TargetKind[] {
  return targetKinds.filter((kind) => notification === `notifications/${listings[kind].capability}/list_changed`);
}

/** The method of a request that a server may make of a client. */
export type ServerRequestMethod = keyof typeof methods.serverRequests;

// By maps: a method may be called `constructor`.
const clientMethods = new Map<string, ClientMethod>(Object.entries(methods.client));
const serverRequests = new Map<string, ServerRequest>(Object.entries(methods.serverRequests));
const serverNotifications = new Map<string, ServerNotification>(Object.entries(methods.serverNotifications));

/** The row of a client's request; undefined for a method that is refused since it has none. */
export function clientMethod(method: string): ClientMethod | undefined {
  return clientMethods.get(method);
}

/** The row of a server's request; undefined for one that no client is asked. */
export function serverRequest(method: string): ServerRequest | undefined {
  return serverRequests.get(method);
}

/** True for the methods that a server may ask of a client. */
export function isServerRequest(method: string): method is ServerRequestMethod {
  return serverRequests.has(method);
}

/** What becomes of a server's notification; undefined for one that goes no further. */
export function serverNotification(method: string): ServerNotification | undefined {
  return serverNotifications.get(method);
}
