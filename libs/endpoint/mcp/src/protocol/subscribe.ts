import { once } from 'node:events';
import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { errorText, messageText, metaKeys, resultText } from '@sallyport/mcp';
import { subscribeTo } from '../calls/serve-subscribe.ts';
import { fault, type Fault } from './fault.ts';
import { changedText, type ListName } from './list-changes.ts';
import type { McpRequest, ServingParts } from './mcp-request.ts';
import { noUpstream, offeredLists } from './own-answers.ts';
import { ResourceUpdates } from './resource-updates.ts';

/**
 * `subscriptions/listen` (2026-07-28): says what will be told, then tells it until the client goes, we stop, or nothing is left to tell:
 * changes of lists, and of the resources that the client names. What is refused of those is told with why.
 */
export async function subscribe(parts: ServingParts, request: McpRequest): Promise<Fault | null> {
  const { gateway, stopping } = parts;
  const { message, client, reply } = request;
  if (!reply.canStream) return noStream;
  if (gateway.list(client.principal, client.upstream, 'tool') === null) return noUpstream;
  const lists = wantedOf(message.params, offeredLists(gateway, client.upstream));
  const _meta: JsonObject = { [metaKeys.subscriptionId]: message.id };
  const untold: JsonObject[] = [];
  const over = new AbortController();
  const updates = new ResourceUpdates({
    extra: { _meta },
    ended(uri, why) {
      untold.push({ uri, message: why });
      if (updates.size === 0 && lists.size === 0) over.abort();
    },
  });
  const signal = AbortSignal.any([reply.controller.signal, stopping, over.signal]);
  try {
    const { uris, refused } = await subscribeToAll(parts, request, updates);
    const [first] = refused;
    if (lists.size + uris.length === 0 && first !== undefined) {
      reply.end(first.fault.status, errorText(message.id, first.fault));
      return null;
    }
    const told = { ...keysOf(lists), ...(uris.length > 0 && { resourceSubscriptions: uris }) };
    const acknowledged = { notifications: told, _meta: withUntold(_meta, refused.map(untoldOf)) };
    reply.stream(messageText('notifications/subscriptions/acknowledged', acknowledged), false);
    updates.tellOn(reply, signal);
    if (lists.size + updates.size > 0) await follow(parts, request, { lists, signal, _meta });
    reply.end(
      200,
      resultText(message.id, JSON.stringify({ resultType: 'complete', _meta: withUntold(_meta, untold) })),
    );
    return null;
  } finally {
    updates.endAll();
  }
}

interface Followed {
  readonly lists: ReadonlySet<ListName>;
  readonly signal: AbortSignal;
  readonly _meta: JsonObject;
}

/** Tells changes of the lists until the signal aborts. */
async function follow(
  { lists: changes }: ServingParts,
  { client, reply }: McpRequest,
  { lists, signal, _meta }: Followed,
): Promise<void> {
  const changed = (list: ListName): void => {
    if (lists.has(list)) reply.stream(changedText(list, { _meta }), false);
  };
  if (lists.size > 0) return changes.follow(client, signal, changed);
  if (!signal.aborted) await once(signal, 'abort');
}

interface Refused {
  readonly uri: string;
  readonly fault: Fault;
}

/** Has each resource that is named judged, as a call. */
async function subscribeToAll(
  parts: ServingParts,
  request: McpRequest,
  updates: ResourceUpdates,
): Promise<{ readonly uris: string[]; readonly refused: Refused[] }> {
  const wanted = parts.gateway.subscribable(request.client.upstream) ? urisIn(request.message.params) : [];
  const answers = await Promise.all(
    wanted.map(async (uri) => ({ uri, fault: await subscribeTo(parts, request, { uri, updates }) })),
  );
  return {
    uris: answers.flatMap(({ uri, fault }) => (fault === null ? [uri] : [])),
    refused: answers.flatMap(({ uri, fault }) => (fault === null ? [] : [{ uri, fault }])),
  };
}

function urisIn({ notifications }: JsonObject): string[] {
  const uris = isObject(notifications) ? notifications['resourceSubscriptions'] : undefined;
  return Array.isArray(uris) ? [...new Set(uris.filter((uri) => typeof uri === 'string'))] : [];
}

function untoldOf({ uri, fault: { code, message, data } }: Refused): JsonObject {
  return { uri, code, message, ...(data === undefined ? {} : { data: data as JsonValue }) };
}

function withUntold(_meta: JsonObject, untold: readonly JsonObject[]): JsonObject {
  return untold.length === 0 ? _meta : { ..._meta, [metaKeys.untold]: [...untold] };
}

function wantedOf({ notifications }: JsonObject, offered: ReadonlySet<ListName>): ReadonlySet<ListName> {
  return new Set([...offered].filter((list) => isObject(notifications) && notifications[keyOf(list)] === true));
}

function keysOf(lists: ReadonlySet<ListName>): JsonObject {
  return Object.fromEntries([...lists].map((list) => [keyOf(list), true]));
}

function keyOf(list: ListName): string {
  return `${list}ListChanged`;
}

const noStream = fault(406, 'not_acceptable', 'A subscription is a stream: accept text/event-stream.');
