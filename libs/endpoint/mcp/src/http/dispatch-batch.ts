import type { JsonValue } from '@sallyport/contracts';
import type { RpcMessage } from '@sallyport/mcp';
import { PartReply, readBatch } from '../protocol/batch.ts';
import type { Fault } from '../protocol/fault.ts';
import { legacyClient } from '../protocol/mcp-client.ts';
import { mirrorFault } from '../protocol/mirror-faults.ts';
import { mismatch, readEra } from '../protocol/request-era.ts';
import { type LegacySession, subjectKey } from '../protocol/sessions.ts';
import { noSession } from './http-faults.ts';
import { HttpReply } from './http-reply.ts';
import { canStream, type DispatchParts, hear, type Incoming, protocolVersion, serveIn, sessionId } from './incoming.ts';
import { sendOverload } from './overload.ts';
import { refuse, stopped, turnDown } from './refuse-request.ts';

/**
 * Takes a batch of a session that has them (2025-03-26, basic). Each message of it counts and is served as if it had come by
 * itself; the answers are sent together, as an array, when the last of them is there.
 */
export async function dispatchBatch(
  parts: DispatchParts,
  values: readonly JsonValue[],
  incoming: Incoming,
): Promise<void> {
  const { principal, response } = incoming;
  const session = parts.sessions.find(sessionId(incoming), principal);
  if (session === undefined) return refuse(parts.serving, incoming, null, noSession);
  const messages = readBatch(values, revisionOf(session, incoming));
  if ('code' in messages) return refuse(parts.serving, incoming, null, messages);
  const fault = messages.map((message) => headerFault(message, incoming)).find((found) => found !== null);
  if (fault !== undefined) return refuse(parts.serving, incoming, null, fault);
  const waitMs = parts.charge(principal, messages.length - 1); // the first is paid for
  if (waitMs > 0) return sendOverload(response, { setting: 'floods.requests', waitMs });
  const each = { ...incoming, bytes: Math.ceil(incoming.bytes / messages.length) };
  const asks = messages.some(({ kind }) => kind === 'request');
  return (asks ? serveAll : hearAll)(parts, messages, { session, each });
}

/** Null where there is no session, or the request is of another revision than it. */
function revisionOf({ id, version }: LegacySession, incoming: Incoming): string | null {
  return id !== null && (protocolVersion(incoming) ?? version) === version ? version : null;
}

function headerFault(message: RpcMessage, incoming: Incoming): Fault | null {
  if (message.kind === 'response') return null;
  if (message.kind === 'request') {
    const era = readEra(message, protocolVersion(incoming));
    if (era !== 'legacy') return 'code' in era ? era : mismatch('MCP-Protocol-Version');
  }
  return mirrorFault(message, incoming.headers, false);
}

interface Batch {
  readonly session: LegacySession;
  /** How each of its messages came. */
  readonly each: Incoming;
}

/** Each begins in its turn, so that a cancellation finds what stands before it. */
async function serveAll(
  parts: DispatchParts,
  messages: readonly RpcMessage[],
  { session, each }: Batch,
): Promise<void> {
  if (parts.inFlight.draining) return stopped(each.response, null);
  const replies: PartReply[] = [];
  const open = () => replies.filter(({ answer }) => answer === null).length;
  const whole = new HttpReply(each.response, canStream(each), {
    runOn: () => parts.lost.take(subjectKey(each.principal), open()),
    wrote: (response) => parts.answers.wrote(each.principal, response),
  });
  const client = legacyClient(session, each);
  const served: Promise<void>[] = [];
  for (const message of messages) {
    if (message.kind === 'request') {
      const reply = new PartReply(whole);
      replies.push(reply);
      served.push(serveIn(parts, session, { message, client, reply }));
    } else {
      hear(parts, message, { session, incoming: each });
    }
  }
  await Promise.all(served);
  whole.end(200, `[${replies.flatMap(({ answer }) => answer ?? []).join(',')}]`);
}

/** Notifications and answers: where some can't be taken, the first of those is told. */
async function hearAll(parts: DispatchParts, messages: readonly RpcMessage[], { session, each }: Batch): Promise<void> {
  const { principal, bytes, response } = each;
  const faults = messages.flatMap((message) =>
    message.kind === 'request' ? [] : (hear(parts, message, { session, incoming: each }) ?? []),
  );
  for (const { reason } of faults) await parts.serving.gateway.refuse(principal, reason, bytes);
  if (faults[0] !== undefined) turnDown(response, null, faults[0]);
  else response.writeHead(202, { 'content-length': 0 }).end();
}
