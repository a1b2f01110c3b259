import type { CatalogTool, Change, Config, JsonObject, Sanitize, Sanitized } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { failedResult, isOwnResult, mismatchText } from '../own-results.ts';
import { changesOf, count, type Counts, unchanged } from '../text-edit.ts';
import type { ListedSanitizer } from '../listed-sanitizer.ts';
import { filterTexts } from './filter-texts.ts';
import { probeTool } from './probe-tool.ts';

const id = 'output-schema';

/** Lets through only what the approved output schema names; an answer that breaks the schema becomes a failed one. */
export const outputSchema: ListedSanitizer = {
  id,
  reports: ({ sanitize }) => sanitize.output_schema === 'report',
  create: ({ sanitize }: Config): Sanitize => {
    if (sanitize.output_schema === 'off') return unchanged;
    return sanitize.output_schema === 'enforce' ? applySchema : reportOnly;
  },
  probes: ({ sanitize }) =>
    sanitize.output_schema === 'off'
      ? []
      : [probe('unnamed_member', { named: 'a', other: 'b' }), probe('schema_mismatch', {})],
};

const applySchema: Sanitize = function applySchema(value, context): Sanitized {
  const check = context.tool?.checkOutput;
  if (!check || context.what !== 'result' || isError(value) || value.resultType === 'input_required')
    return unchanged(value);
  if (isOwnResult(value, context)) return unchanged(value);
  const { structuredContent } = value;
  if (!isObject(structuredContent)) return mismatch(context, 'no_structured_content');
  const checked = check(structuredContent);
  if (checked.errors.length > 0) return mismatch(context, 'schema_mismatch');
  return keepNamed(value, checked, check);
};

const reportOnly: Sanitize = function reportOnly(value, context) {
  return { value, changes: applySchema(value, context).changes };
};

type Check = NonNullable<CatalogTool['checkOutput']>;

function keepNamed(value: JsonObject, checked: ReturnType<Check>, check: Check): Sanitized {
  const counts: Counts = new Map();
  const whole = value.structuredContent as JsonObject;
  const filtered = checked.dropped > 0 ? checked.value : whole;
  if (checked.dropped > 0) count(counts, 'unnamed_member', checked.dropped);
  const { content, structuredContent } = filterTexts(value, { check, whole, filtered }, counts);
  if (counts.size === 0) return unchanged(value);
  return { value: { ...value, structuredContent, ...(content && { content }) }, changes: changesOf(id, counts) };
}

function mismatch(context: Parameters<Sanitize>[1], kind: string): Sanitized {
  const changes: Change[] = [{ sanitizer: id, kind, count: 1 }];
  return { value: failedResult(mismatchText(context)), changes };
}

function isError({ isError }: JsonObject): boolean {
  return isError !== undefined && isError !== false && isError !== null;
}

function probe(expects: string, structuredContent: JsonObject): ReturnType<ListedSanitizer['probes']>[number] {
  return {
    about: `sanitize/${id}/${expects}`,
    value: { content: [], structuredContent },
    context: { tool: probeTool, what: 'result', reference: 'self-check', upstream: 'self-check' },
    expects,
    hint: 'Set sanitize.output_schema to enforce, report or off.',
  };
}
