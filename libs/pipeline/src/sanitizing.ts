import type { Outcome, Sanitize, SanitizeContext, Sanitized, ServerMessage } from '@sallyport/contracts';

/** The result as the client may see it. An outcome that is no result has nothing to see. */
export function sanitizing(sanitize: Sanitize, outcome: Outcome, context: SanitizeContext): Sanitized {
  return outcome.kind === 'result' ? sanitize(outcome.result, context) : { value: {}, changes: [] };
}

/** A notification or request of the upstream, with its parameters sanitized. */
export function sanitized(
  sanitize: Sanitize,
  { method, params }: ServerMessage,
  context: SanitizeContext,
): ServerMessage {
  return { method, params: sanitize(params, { ...context, what: 'message' }).value };
}
