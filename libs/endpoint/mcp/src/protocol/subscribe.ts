import type { JsonObject } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { messageText, metaKeys, resultText, TOOLS_CHANGED } from '@sallyport/mcp';
import { fault, type Fault } from './fault.ts';
import type { McpRequest, ServingParts } from './mcp-request.ts';
import { noUpstream } from './own-answers.ts';

/**
 * `subscriptions/listen` (2026-07-28): says what will be told, then tells it until the client goes or we stop. Changes of
 * tools are all that there is to tell.
 */
export async function subscribe(
  { gateway, lists, stopping }: ServingParts,
  { message, client, reply }: McpRequest,
): Promise<Fault | null> {
  if (!reply.canStream) return noStream;
  if (gateway.listTools(client.principal, client.upstream) === null) return noUpstream;
  const { notifications } = message.params;
  const honored = isObject(notifications) && notifications['toolsListChanged'] === true;
  const _meta: JsonObject = { [metaKeys.subscriptionId]: message.id };
  const told = { notifications: honored ? { toolsListChanged: true } : {}, _meta };
  reply.stream(messageText('notifications/subscriptions/acknowledged', told), false);
  const changed = (): void => reply.stream(messageText(TOOLS_CHANGED, { _meta }), false);
  if (honored) await lists.follow(client, AbortSignal.any([reply.controller.signal, stopping]), changed);
  reply.end(200, resultText(message.id, JSON.stringify({ resultType: 'complete', _meta })));
  return null;
}

const noStream = fault(406, 'not_acceptable', 'A subscription is a stream: accept text/event-stream.');
