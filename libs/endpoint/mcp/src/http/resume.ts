import type { ServerResponse } from 'node:http';
import { errorCodes, errorText } from '@sallyport/mcp';
import type { LegacySession } from '../protocol/sessions.ts';
import type { EventId } from './event-ids.ts';
import type { EventLogs } from './event-log.ts';
import { beginEvents, eventText } from './http-reply.ts';

/** Where a client of a session was in the stream of a request when it lost it. */
export interface Lost {
  readonly last: EventId;
  readonly session: LegacySession;
}

/**
 * Goes on with the stream of a request (2025-11-25, Streamable HTTP, resumability): what came after that event as it was sent, and
 * what still comes. Nothing is done again; where the answer is not kept, the client is told so as the answer to its request.
 */
export function resume(
  { logs }: { readonly logs: EventLogs },
  { last, session }: Lost,
  response: ServerResponse,
): void {
  const log = logs.find(last, session);
  if (log?.live) return log.live.resume(response, last.at);
  beginEvents(response);
  for (const event of log?.after(last.at) ?? []) response.write(eventText(event));
  response.end(log === undefined ? lostText(last) : '');
}

function lostText({ request }: EventId): string {
  return request === null ? '' : eventText({ text: errorText(request, notKept) });
}

const notKept = {
  code: errorCodes.internal,
  message:
    'The answer to this request is not kept any more (it was a minute ago, it is large, or its gateway is gone), so a call may have been carried out. Look whether it was before you call again.',
};
