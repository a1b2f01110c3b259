import type { CatalogTool, Change, Config, JsonObject, JsonValue, Sanitize, Sanitized } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { failedResult, isOwnResult, mismatchText, saysError } from '../own-results.ts';
import { changesOf, count, type Counts, unchanged } from '../text-edit.ts';
import type { ListedSanitizer } from '../listed-sanitizer.ts';
import { filterTexts, parseText } from './filter-texts.ts';
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
  if (!check || context.what !== 'result' || value.resultType === 'input_required') return unchanged(value);
  if (isOwnResult(value, context)) return unchanged(value);
  if (saysError(value)) return filterFailed(value, check);
  if (value.structuredContent === undefined || value.structuredContent === null) return readText(value, check);
  const checked = check(value.structuredContent);
  if (checked.errors.length > 0) return mismatch(context);
  return keepNamed(value, checked, check);
};

/**
 * The schema speaks of good results. What a failed one says of its failure stays, but where it holds what a good one would, nothing
 * more of that passes than of a good one.
 */
function filterFailed(value: JsonObject, check: Check): Sanitized {
  const { structuredContent: said = null } = value;
  const answer = [said, textAnswer(value)].find((one) => isAnswer(one, check));
  if (answer === undefined) return unchanged(value);
  const kept = keepNamed({ ...value, structuredContent: answer }, check(answer), check);
  if (kept.changes.length === 0) return unchanged(value);
  const { content = [] } = kept.value;
  return answer === said ? kept : { value: { ...value, content }, changes: kept.changes };
}

function isAnswer(value: JsonValue, check: Check): boolean {
  if (value === null) return false;
  const checked = check(value);
  return checked.errors.length === 0 && namesMembers(checked.value);
}

/** Whether the schema named anything of what it left. */
function namesMembers(kept: JsonValue): boolean {
  return Array.isArray(kept) ? kept.some(namesMembers) : isObject(kept) && Object.keys(kept).length > 0;
}

/**
 * A server that gives its answer as text alone: where that is the JSON that the schema asks for, it counts as structured content;
 * else the texts are all that there is, and stay.
 */
function readText(value: JsonObject, check: Check): Sanitized {
  const found: Change = { sanitizer: id, kind: 'no_structured_content', count: 1 };
  const structuredContent = textAnswer(value);
  const checked = structuredContent === null ? null : check(structuredContent);
  if (structuredContent === null || checked === null || checked.errors.length > 0) return { value, changes: [found] };
  const kept = keepNamed({ ...value, structuredContent }, checked, check);
  return { value: kept.value, changes: [found, ...kept.changes] };
}

/** The JSON that the only text of a result is; null where there is none. */
function textAnswer({ content }: JsonObject): JsonValue {
  const [block, ...others] = Array.isArray(content) ? content : [];
  return isObject(block) && typeof block.text === 'string' && others.length === 0 ? parseText(block.text) : null;
}

const reportOnly: Sanitize = function reportOnly(value, context) {
  return { value, changes: applySchema(value, context).changes };
};

type Check = NonNullable<CatalogTool['checkOutput']>;

function keepNamed(value: JsonObject, checked: ReturnType<Check>, check: Check): Sanitized {
  const counts: Counts = new Map();
  const whole = value.structuredContent as JsonValue;
  const filtered = checked.dropped > 0 ? checked.value : whole;
  if (checked.dropped > 0) count(counts, 'unnamed_member', checked.dropped);
  const { content, structuredContent } = filterTexts(value, { check, whole, filtered }, counts);
  if (counts.size === 0) return unchanged(value);
  return { value: { ...value, structuredContent, ...(content && { content }) }, changes: changesOf(id, counts) };
}

function mismatch(context: Parameters<Sanitize>[1]): Sanitized {
  const changes: Change[] = [{ sanitizer: id, kind: 'schema_mismatch', count: 1 }];
  return { value: failedResult(mismatchText(context)), changes };
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
