import type { JsonObject, JsonValue, Sanitize, SanitizeContext, Sanitizer } from '@sallyport/contracts';
import { isOwnResult } from '../own-results.ts';
import { changesOf, count, type Counts, unchanged } from '../text-edit.ts';
import { cutDepth } from './cut-depth.ts';
import { blocksOf, keepBlock, keepKnown, withItems } from './keep-block.ts';
import { keepCompletion } from './keep-completion.ts';
import { keepPrompt } from './keep-prompt.ts';
import { keepResource } from './keep-resource.ts';
import { resultMembers } from './known-members.ts';
import { cleanMeta } from './meta.ts';

const id = 'allowed-members';

/** Keeps only what MCP defines in the result of a call, and what upstreams may say in `_meta`. */
export const allowedMembers: Sanitizer = {
  id,
  create: () => keepAllowed,
  probes: () => [
    probe('unknown_member', { content: [], other: 1 }),
    probe('unknown_block', { content: [{ type: 'self-check' }] }),
    probe('forged_meta', { content: [], _meta: { 'dev.sallyport/decision': {} } }),
    probe('unknown_block', { messages: [{ role: 'user', content: { type: 'self-check' } }] }, 'prompt'),
    probe('foreign_uri', { contents: [{ uri: 'self-check:b', text: 'b' }] }, 'resource'),
    probe('excess_value', { completion: { values: Array<string>(101).fill('a') } }, 'completion'),
  ],
};

const keepAllowed: Sanitize = function keepAllowed(value, context) {
  if (isOwnResult(value, context)) return unchanged(value);
  const counts: Counts = new Map();
  const kept = keep(cutDepth(value, counts), context, counts);
  return counts.size === 0 ? unchanged(value) : { value: kept, changes: changesOf(id, counts) };
};

function keep(value: JsonObject, { what, uri = '' }: SanitizeContext, counts: Counts): JsonObject {
  switch (what) {
    case 'result':
      return keepResult(value, counts);
    case 'prompt':
      return keepPrompt(value, counts);
    case 'resource':
      return keepResource(value, uri, counts);
    case 'completion':
      return keepCompletion(value, counts);
    case 'message':
      return cleanMeta(value, counts);
  }
}

function keepResult(value: JsonObject, counts: Counts): JsonObject {
  const result = keepKnown(withContent(value, counts), resultMembers, counts);
  const before = result.content as JsonValue[];
  const kept = before.map((block) => keepBlock(block, counts)).filter((block) => block !== null);
  return withItems(result, 'content', kept);
}

/** Clients read `content` before anything else, and some read nothing else: a result without it gets what it has as text. */
function withContent(value: JsonObject, counts: Counts): JsonObject {
  const { content, structuredContent } = value;
  if (Array.isArray(content)) return value;
  count(counts, 'content_made');
  return { ...value, content: blocksOf(content ?? structuredContent) };
}

function probe(
  expects: string,
  value: JsonObject,
  what: SanitizeContext['what'] = 'result',
): ReturnType<Sanitizer['probes']>[number] {
  return {
    about: `sanitize/${id}/${expects}${what === 'result' ? '' : `/${what}`}`,
    value,
    context: { tool: null, what, uri: 'self-check:a', reference: 'self-check', upstream: 'self-check' },
    expects,
    hint: 'This sanitizer has no switch: report it as a defect.',
  };
}
