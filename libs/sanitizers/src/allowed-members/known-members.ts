import type { JsonValue } from '@sallyport/contracts';
import { isExactNumber, isObject } from '@sallyport/base';

/** Known member names, and the kind of value that each may have. */
export type Members = ReadonlyMap<string, (value: JsonValue) => boolean>;

export interface KnownBlock {
  readonly members: Members;
  readonly required: readonly string[];
}

const text = (value: JsonValue): boolean => typeof value === 'string';
const number = (value: JsonValue): boolean => typeof value === 'number' || isExactNumber(value);
const flag = (value: JsonValue): boolean => typeof value === 'boolean';
const list = (value: JsonValue): boolean => Array.isArray(value);
const any = (): boolean => true;

/** What every result may have. */
const result = [
  ['_meta', isObject],
  ['resultType', text],
] as const;

/** `CallToolResult` of the revisions 2025-03-26 to 2026-07-28. */
export const resultMembers: Members = new Map([
  ...result,
  ['content', list],
  ['structuredContent', any],
  ['isError', flag],
  ['inputRequests', isObject],
  ['requestState', text],
]);

/** `GetPromptResult`. */
export const promptMembers: Members = new Map([...result, ['description', text], ['messages', list]]);

/** `PromptMessage`; its content is one block. */
export const promptMessage: Members = new Map([
  ['role', (value: JsonValue): boolean => value === 'user' || value === 'assistant'],
  ['content', any],
]);

/** `ReadResourceResult`. What may be read differs by principal, so that no cache may share it. */
export const readMembers: Members = new Map([
  ...result,
  ['contents', list],
  ['ttlMs', number],
  ['cacheScope', (value: JsonValue): boolean => value === 'private'],
]);

/** `CompleteResult`. */
export const completeMembers: Members = new Map([...result, ['completion', isObject]]);

/** Its `completion`. */
export const completionMembers: Members = new Map([
  ['values', list],
  ['total', number],
  ['hasMore', flag],
]);

/** `TextResourceContents` and `BlobResourceContents`. */
export const embedded: Members = new Map([
  ['uri', text],
  ['mimeType', text],
  ['text', text],
  ['blob', text],
  ['_meta', isObject],
]);

const base = [
  ['type', text],
  ['annotations', isObject],
  ['_meta', isObject],
] as const;

const media: KnownBlock = {
  members: new Map([...base, ['data', text], ['mimeType', text]]),
  required: ['data', 'mimeType'],
};

/** `ContentBlock`, by its `type`. */
export const blocks: ReadonlyMap<string, KnownBlock> = new Map([
  ['text', { members: new Map([...base, ['text', text]]), required: ['text'] }],
  ['image', media],
  ['audio', media],
  [
    'resource_link',
    {
      members: new Map([
        ...base,
        ...(['uri', 'name', 'title', 'description', 'mimeType'] as const).map((name) => [name, text] as const),
        ['size', number],
        ['icons', list],
      ]),
      required: ['uri'],
    },
  ],
  ['resource', { members: new Map([...base, ['resource', isObject]]), required: ['resource'] }],
]);
