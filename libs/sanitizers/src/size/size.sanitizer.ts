import type { Config, JsonObject, Sanitize, Sanitizer } from '@sallyport/contracts';
import { unchanged } from '../text-edit.ts';
import { cutMessage } from './cut-message.ts';
import { cutResult } from './cut-result.ts';
import { fits } from './size-bound.ts';

const id = 'size';
/** A limit above this is not probed: the probe would be a message of that size. */
const PROBED = 67_108_864;

/** Cuts a message to `sanitize.max_bytes` of JSON text, and says so in the message. */
export const size: Sanitizer = {
  id,
  create: ({ sanitize }: Config) => cutTo(sanitize.max_bytes),
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

function cutTo(maxBytes: number): Sanitize {
  return function cutToSize(value: JsonObject, context) {
    if (fits(value, maxBytes)) return unchanged(value);
    return context.what === 'result' ? cutResult(value, context, maxBytes) : cutMessage(value, maxBytes);
  };
}
