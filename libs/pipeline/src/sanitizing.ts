import type { Outcome, Sanitize, SanitizeContext, Sanitized, ServerMessage } from '@sallyport/contracts';

/** The result as the client may see it, of an error its text as a failed result. Of other outcomes there is nothing to see. */
export function sanitizing(sanitize: Sanitize, outcome: Outcome, context: SanitizeContext): Sanitized {
  if (outcome.kind === 'result') return sanitize(outcome.result, context);
  if (outcome.kind === 'failed') return { value: {}, changes: [] };
  const said = { content: [{ type: 'text', text: outcome.message }], isError: true };
  return sanitize(said, { ...context, what: 'result' });
}

/** A notification or request of the upstream, with its parameters sanitized. */
export function sanitized(
  sanitize: Sanitize,
  { method, params }: ServerMessage,
  context: SanitizeContext,
): ServerMessage {
  return { method, params: sanitize(params, { ...context, what: 'message' }).value };
}
