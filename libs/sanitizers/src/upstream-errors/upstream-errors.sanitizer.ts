import type { JsonObject, Sanitize, SanitizeContext, Sanitized, Sanitizer } from '@sallyport/contracts';
import { failedResult, failureText, isOwnResult } from '../own-results.ts';
import { changesOf, count, type Counts, unchanged } from '../text-edit.ts';
import { mapStrings } from '../map-strings.ts';
import { internals } from './internals.ts';

const id = 'upstream-errors';

/**
 * Takes what an upstream says of its own failure out of the answer: the client gets one sentence and a reference. A tool
 * with `errors: pass` keeps its texts, but for those that look like a stack trace or a query.
 */
export const upstreamErrors: Sanitizer = {
  id,
  create: () => maskErrors,
  probes: () => [
    {
      about: `sanitize/${id}`,
      value: failedResult("SELECT * FROM orders WHERE customer = 'probe'"),
      context: { tool: null, what: 'result', reference: 'self-check', upstream: 'self-check' },
      expects: 'masked_error',
      hint: 'This sanitizer has no switch: report it as a defect.',
    },
  ],
};

const maskErrors: Sanitize = function maskErrors(value: JsonObject, context: SanitizeContext): Sanitized {
  if (context.what !== 'result' || !saysError(value) || isOwnResult(value, context)) return unchanged(value);
  if (context.tool?.errors === 'pass') return maskInternals(value, context);
  const changes = [{ sanitizer: id, kind: 'masked_error', count: 1 }];
  return { value: failedResult(failureText(context)), changes };
};

/** Whatever is neither absent nor false is an error: a client might read `"true"` as one. */
function saysError({ isError }: JsonObject): boolean {
  return isError !== undefined && isError !== false && isError !== null;
}

function maskInternals(value: JsonObject, context: SanitizeContext): Sanitized {
  const counts: Counts = new Map();
  const masked = mapStrings(value, internals, (text) => {
    if (!internals.test(text)) return text;
    count(counts, 'masked_internals');
    return failureText(context);
  });
  return masked === value ? unchanged(value) : { value: masked, changes: changesOf(id, counts) };
}
