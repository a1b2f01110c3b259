import type { Config, JsonObject, Sanitize, SanitizeContext, Sanitizer } from '@sallyport/contracts';
import { unchanged } from '../text-edit.ts';
import { cutBlobs } from './blobs.ts';
import { cutCompletion } from './cut-completion.ts';
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
  probes: ({ sanitize }) => (sanitize.max_bytes > PROBED ? [] : probesOf(sanitize.max_bytes)),
};

function probesOf(maxBytes: number): ReturnType<Sanitizer['probes']> {
  const text = 'self-check '.repeat(maxBytes / 11 + 100);
  const block = { type: 'text', text };
  return [
    probe('result', { content: [block] }),
    probe('prompt', { messages: [{ role: 'user', content: block }] }),
    probe('resource', { contents: [{ uri: 'self-check:a', text }] }),
    probe('completion', { completion: { values: [text] } }, 'value_left_out'),
  ];
}

function probe(
  what: SanitizeContext['what'],
  value: JsonObject,
  expects = 'text_cut',
): ReturnType<Sanitizer['probes']>[number] {
  return {
    about: what === 'result' ? `sanitize/${id}` : `sanitize/${id}/${what}`,
    value,
    context: { tool: null, what, reference: 'self-check', upstream: 'self-check' },
    expects,
    hint: 'Raise sanitize.max_bytes to 256 at least.',
  };
}

function cutTo({ max_bytes: maxBytes, max_blob_bytes: maxBlobBytes }: Config['sanitize']): Sanitize {
  const limit = { setting: 'sanitize.max_bytes', bytes: maxBytes };
  return function cutToSize(value: JsonObject, context) {
    if (context.what === 'message') return fits(value, maxBytes) ? unchanged(value) : cutMessage(value, limit);
    const { value: whole, changes, kept } = cutBlobs(value, context, blobLimit(context, maxBlobBytes));
    if (fits(whole, maxBytes + kept)) return { value: whole, changes };
    if (context.what === 'completion') return cutCompletion(whole, context, limit);
    const cut = cutResult(whole, context, limit);
    return { value: cut.value, changes: [...changes, ...cut.changes] };
  };
}

function blobLimit({ tool }: SanitizeContext, maxBlobBytes: number): Limit {
  if (tool?.maxBlobBytes === undefined) return { setting: 'sanitize.max_blob_bytes', bytes: maxBlobBytes };
  return { setting: 'max_blob_bytes of this tool', bytes: tool.maxBlobBytes };
}
