import type { Answer } from '@sallyport/contracts';
import { fault, type Fault } from '../protocol/fault.ts';
import type { McpRequest, ServingParts } from '../protocol/mcp-request.ts';
import type { ResourceUpdates } from '../protocol/resource-updates.ts';
import type { ServeParts } from '../protocol/serve-request.ts';
import { adviceOf, errorOf, refusedError, unknownTarget } from './answer-text.ts';
import { readCall } from './call-request.ts';
import { clientContextOf } from './client-context.ts';
import { serveCall } from './serve-call.ts';

/** `resources/subscribe` in a session: a call, which lasts as a subscription once it is allowed and made. */
export async function serveSubscribe(parts: ServeParts, request: McpRequest): Promise<Fault | null> {
  const { client, message } = request;
  const { uri } = message.params;
  if (client.updates === null) return noSession;
  if (typeof uri !== 'string') return serveCall(parts, request); // which says what it lacks
  const subscription = client.updates.propose(uri);
  try {
    return await serveCall(parts, { ...request, subscription });
  } finally {
    subscription.drop();
  }
}

const noSession = fault(
  400,
  'session_needed',
  'A subscription needs a session: initialize again, and send the Mcp-Session-Id of the answer.',
);

/** One of the resources that `subscriptions/listen` names: the same call. Answers why it is not told of, or null. */
export async function subscribeTo(
  parts: ServingParts,
  request: McpRequest,
  { uri, updates }: { readonly uri: string; readonly updates: ResourceUpdates },
): Promise<Fault | null> {
  const { message, client } = request;
  const params = { ...message.params, uri };
  const subscription = updates.propose(uri);
  const one = { ...request, message: { ...message, method: 'resources/subscribe', params }, subscription };
  try {
    const call = await readCall(parts, one);
    if ('code' in call) {
      await parts.gateway.refuse(client.principal, call.reason, 0);
      return call;
    }
    const answer = await parts.gateway.call(call.request, clientContextOf(parts, one));
    if (answer.kind === 'result') subscription.keep();
    return faultOf(parts, answer, { uri, request });
  } finally {
    subscription.drop();
  }
}

function faultOf(
  { approveWith }: ServingParts,
  answer: Answer,
  { uri, request: { client } }: { readonly uri: string; readonly request: McpRequest },
): Fault | null {
  switch (answer.kind) {
    case 'result':
      return null;
    case 'refused':
      return refusedError(adviceOf(answer, { approveWith, principal: client.principal }), answer.meta);
    case 'error':
      return errorOf(answer, client.era, uri);
    // No server asks anything before it tells of a resource.
    case 'input_required':
    case 'unknown_tool':
      return unknownTarget({ kind: 'resource', name: uri }, client.era);
  }
}
