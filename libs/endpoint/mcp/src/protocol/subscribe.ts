import type { JsonObject } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { messageText, metaKeys, resultText } from '@sallyport/mcp';
import { fault, type Fault } from './fault.ts';
import { changedText, type ListName } from './list-changes.ts';
import type { McpRequest, ServingParts } from './mcp-request.ts';
import { noUpstream, offeredLists } from './own-answers.ts';

/**
 * `subscriptions/listen` (2026-07-28): says what will be told, then tells it until the client goes or we stop. Changes of
 * lists are all that there is to tell.
 */
export async function subscribe(
  { gateway, lists, stopping }: ServingParts,
  { message, client, reply }: McpRequest,
): Promise<Fault | null> {
  if (!reply.canStream) return noStream;
  if (gateway.list(client.principal, client.upstream, 'tool') === null) return noUpstream;
  const honored = wantedOf(message.params, offeredLists(gateway, client.upstream));
  const _meta: JsonObject = { [metaKeys.subscriptionId]: message.id };
  const told = { notifications: Object.fromEntries([...honored].map((list) => [keyOf(list), true])), _meta };
  reply.stream(messageText('notifications/subscriptions/acknowledged', told), false);
  function changed(list: ListName): void {
    if (honored.has(list)) reply.stream(changedText(list, { _meta }), false);
  }
  if (honored.size > 0) await lists.follow(client, AbortSignal.any([reply.controller.signal, stopping]), changed);
  reply.end(200, resultText(message.id, JSON.stringify({ resultType: 'complete', _meta })));
  return null;
}

function wantedOf({ notifications }: JsonObject, offered: ReadonlySet<ListName>): ReadonlySet<ListName> {
  return new Set([...offered].filter((list) => isObject(notifications) && notifications[keyOf(list)] === true));
}

function keyOf(list: ListName): string {
  return `${list}ListChanged`;
}

const noStream = fault(406, 'not_acceptable', 'A subscription is a stream: accept text/event-stream.');
