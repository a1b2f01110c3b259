import type { JsonObject, JsonValue, Sanitize, Sanitizer } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { changesOf, count, type Counts, unchanged } from '../text-edit.ts';
import { cutDepth } from './cut-depth.ts';
import { blocks, embedded, type Members, resultMembers } from './known-members.ts';
import { cleanMeta } from './meta.ts';

const id = 'allowed-members';

/** Keeps only what MCP defines in a result and its content blocks, and what upstreams may say in `_meta`. */
export const allowedMembers: Sanitizer = {
  id,
  create: () => keepAllowed,
  probes: () => [
    probe('unknown_member', { content: [], other: 1 }),
    probe('unknown_block', { content: [{ type: 'self-check' }] }),
    probe('forged_meta', { content: [], _meta: { 'dev.sallyport/decision': {} } }),
  ],
};

const keepAllowed: Sanitize = function keepAllowed(value, { what }) {
  const counts: Counts = new Map();
  const shallow = cutDepth(value, counts);
  const kept = what === 'result' ? keepResult(shallow, counts) : cleanMeta(shallow, counts);
  return counts.size === 0 ? unchanged(value) : { value: kept, changes: changesOf(id, counts) };
};

function keepResult(value: JsonObject, counts: Counts): JsonObject {
  const result = cleanMeta(keepMembers(withContent(value, counts), resultMembers, counts), counts);
  const before = result.content as JsonValue[];
  const content = before.map((block) => keepBlock(block, counts)).filter((block) => block !== null);
  const same = content.length === before.length && content.every((block, index) => block === before[index]);
  return same ? result : { ...result, content };
}

/** Clients read `content` before anything else, and some read nothing else: a result without it gets what it has as text. */
function withContent(value: JsonObject, counts: Counts): JsonObject {
  const { content, structuredContent } = value;
  if (Array.isArray(content)) return value;
  count(counts, 'content_made');
  return { ...value, content: blocksOf(content ?? structuredContent) };
}

function blocksOf(value: JsonValue | undefined): JsonValue[] {
  if (isObject(value) && blocks.has(String(value.type))) return [value];
  if (value === undefined || value === null) return [];
  return [{ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) }];
}

function keepBlock(block: JsonValue, counts: Counts): JsonObject | null {
  const known = isObject(block) && typeof block.type === 'string' ? blocks.get(block.type) : undefined;
  if (!isObject(block) || known === undefined) return leaveOut(counts, 'unknown_block');
  const kept = cleanMeta(keepMembers(block, known.members, counts), counts);
  if (known.required.some((name) => !Object.hasOwn(kept, name))) return leaveOut(counts, 'broken_block');
  if (!isObject(kept.resource)) return kept;
  const resource = cleanMeta(keepMembers(kept.resource, embedded, counts), counts);
  return resource === kept.resource ? kept : { ...kept, resource };
}

function leaveOut(counts: Counts, kind: string): null {
  count(counts, kind);
  return null;
}

/** Drops members that are not known or not of the known kind. */
function keepMembers(object: JsonObject, members: Members, counts: Counts): JsonObject {
  const names = Object.keys(object);
  const kept = names.filter((name) => members.get(name)?.(object[name] as JsonValue) === true);
  if (kept.length === names.length) return object;
  count(counts, 'unknown_member', names.length - kept.length);
  return Object.fromEntries(kept.map((name) => [name, object[name] as JsonValue]));
}

function probe(expects: string, value: JsonObject): ReturnType<Sanitizer['probes']>[number] {
  const context = { tool: null, what: 'result', reference: 'self-check', upstream: 'self-check' } as const;
  const hint = 'This sanitizer has no switch: report it as a defect.';
  return { about: `sanitize/${id}/${expects}`, value, context, expects, hint };
}
