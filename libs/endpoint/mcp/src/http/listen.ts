import type { IncomingMessage, ServerResponse } from 'node:http';
import { isLegacy } from '@sallyport/mcp';
import { type Following, changedText } from '../protocol/list-changes.ts';
import type { ServingParts } from '../protocol/mcp-request.ts';
import type { LegacySession } from '../protocol/sessions.ts';
import { HttpReply } from './http-reply.ts';

/** Says whether a GET is for the stream of a revision that has one: by its session, or else by the revision that it names. */
export function asksForStream({ method, headers }: IncomingMessage): boolean {
  const names = headers['mcp-session-id'] !== undefined || isLegacy(headers['mcp-protocol-version']);
  return method === 'GET' && names && headers.accept?.includes('text/event-stream') === true;
}

/**
 * The stream of a GET (2025-11-25, Streamable HTTP, listening for messages). What belongs to a call comes on the call's own
 * stream, so that here the client hears of changed lists, and of the resources that it is subscribed to.
 */
export async function listen(
  { lists, stopping }: ServingParts,
  following: Following & { readonly response: ServerResponse },
  { id, updates }: LegacySession,
): Promise<void> {
  const { response } = following;
  if (response.destroyed) return; // nobody would tell us again
  const reply = new HttpReply(response, true);
  reply.open();
  const signal = AbortSignal.any([reply.controller.signal, stopping]);
  if (id !== null) updates.tellOn(reply, signal);
  await lists.follow(following, signal, (list) => reply.stream(changedText(list), true));
  reply.close();
}
