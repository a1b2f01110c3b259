import { clientMethod, type JsonObject, listings } from '@sallyport/contracts';
import type { Fault } from './fault.ts';
import type { McpClient } from './mcp-client.ts';
import type { McpRequest, ServingParts } from './mcp-request.ts';
import { invalid, LIST_TTL_MS, noUpstream } from './own-answers.ts';

/** Answers a list of any kind: what the principal may see, whose JSON text is spliced in as it is, or a page of it. */
export function answerList({ gateway, pages }: ServingParts, { message, client }: McpRequest): string | Fault | null {
  const kind = clientMethod(message.method)?.lists;
  if (kind === undefined) return null;
  const { principal, upstream } = client;
  const list = gateway.list(principal, upstream, kind);
  if (list === null) return noUpstream;
  const page = pages.cut({ principal, upstream, kind }, list, message.params['cursor']);
  if (page === null) return noPage;
  return listText(listings[kind].items, page.items, { ...whenModern(client), ...page.next });
}

/** A list differs by principal, so that it may never be shared (2026-07-28, server/utilities/caching). */
function whenModern({ era }: McpClient): JsonObject {
  return era === 'legacy' ? {} : { resultType: 'complete', ttlMs: LIST_TTL_MS, cacheScope: 'private' };
}

function listText(member: string, items: string, rest: JsonObject): string {
  const before = JSON.stringify(rest).slice(0, -1);
  return `${before}${before === '{' ? '' : ','}"${member}":${items}}`;
}

const noPage = invalid(
  'Invalid params: the cursor is not one of this list, or the list has changed since. Ask for it from the start, without a cursor.',
);
