import type { JsonObject, Sanitize, SanitizeContext, Sanitized, Sanitizer } from '@sallyport/contracts';
import { failedResult, failureText, isOwnResult, saysError } from '../own-results.ts';
import { changesOf, type Counts, unchanged } from '../text-edit.ts';
import { probeTool } from '../output-schema/probe-tool.ts';
import { cutInternals } from './cut-internals.ts';

const id = 'upstream-errors';

/**
 * What an upstream says of its own failure. `mask`: the client gets one sentence and a reference. `filter`: the text, without
 * stack traces, queries, hosts and absolute paths outside of declared folders. `pass`: the text, without stack traces and queries.
 */
export const upstreamErrors: Sanitizer = {
  id,
  create: () => treatErrors,
  probes: () => [
    probe('masked_error', 'mask', "SELECT * FROM orders WHERE customer = 'probe'"),
    probe('stack_trace', 'pass', 'Error: no\n    at run (/self-check.js:1:2)'),
    probe('query', 'pass', 'DELETE FROM orders WHERE id = 1'),
    probe('host', 'filter', 'connect ECONNREFUSED 10.0.0.1:5432'),
    probe('path', 'filter', "open '/self-check/file'"),
  ],
};

const treatErrors: Sanitize = function treatErrors(value: JsonObject, context: SanitizeContext): Sanitized {
  if (context.what !== 'result' || !saysError(value) || isOwnResult(value, context)) return unchanged(value);
  const treatment = context.tool?.errors ?? 'mask';
  if (treatment === 'mask') {
    const changes = [{ sanitizer: id, kind: 'masked_error', count: 1 }];
    return { value: failedResult(failureText(context)), changes };
  }
  const failed = value.isError === true ? value : { ...value, isError: true };
  const counts: Counts = new Map();
  const cut = cutInternals(failed, context, treatment === 'filter', counts);
  return cut === value ? unchanged(value) : { value: cut, changes: changesOf(id, counts) };
};

function probe(
  expects: string,
  errors: 'filter' | 'mask' | 'pass',
  text: string,
): ReturnType<Sanitizer['probes']>[number] {
  return {
    about: expects === 'masked_error' ? `sanitize/${id}` : `sanitize/${id}/${expects}`,
    value: failedResult(text),
    context: { tool: { ...probeTool, errors }, what: 'result', reference: 'self-check', upstream: 'self-check' },
    expects,
    hint: 'This sanitizer has no switch: report it as a defect.',
  };
}
