import type { Config, JsonObject, Sanitize, SanitizeContext, Sanitizer } from '@sallyport/contracts';
import { unchanged } from '../text-edit.ts';
import { cutBlobs } from './blobs.ts';
import { cutMessage } from './cut-message.ts';
import { cutResult } from './cut-result.ts';
import type { Limit } from './cut-text.ts';
import { fits } from './size-bound.ts';

const id = 'size';
/** A limit above this is not probed: the probe would be a message of that size. */
const PROBED = 67_108_864;

/** Cuts a message to `sanitize.max_bytes` of JSON text, and blobs of a result to `sanitize.max_blob_bytes`, and says so in it. */
export const size: Sanitizer = {
  id,
  create: ({ sanitize }: Config) => cutTo(sanitize),
  probes: ({ sanitize }) =>
    sanitize.max_bytes > PROBED
      ? []
      : [
          {
            about: `sanitize/${id}`,
            value: { content: [{ type: 'text', text: 'self-check '.repeat(sanitize.max_bytes / 11 + 100) }] },
            context: { tool: null, what: 'result', reference: 'self-check', upstream: 'self-check' },
            expects: 'text_cut',
            hint: 'Raise sanitize.max_bytes to 256 at least.',
          },
        ],
};

function cutTo({ max_bytes: maxBytes, max_blob_bytes: maxBlobBytes }: Config['sanitize']): Sanitize {
  const limit = { setting: 'sanitize.max_bytes', bytes: maxBytes };
  return function cutToSize(value: JsonObject, context) {
    if (context.what !== 'result') return fits(value, maxBytes) ? unchanged(value) : cutMessage(value, limit);
    const { value: whole, changes, kept } = cutBlobs(value, blobLimit(context, maxBlobBytes));
    if (fits(whole, maxBytes + kept)) return { value: whole, changes };
    const cut = cutResult(whole, context, limit);
    return { value: cut.value, changes: [...changes, ...cut.changes] };
  };
}

function blobLimit({ tool }: SanitizeContext, maxBlobBytes: number): Limit {
  if (tool?.maxBlobBytes === undefined) return { setting: 'sanitize.max_blob_bytes', bytes: maxBlobBytes };
  return { setting: 'max_blob_bytes of this tool', bytes: tool.maxBlobBytes };
}
