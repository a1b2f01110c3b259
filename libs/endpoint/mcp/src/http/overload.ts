import type { ServerResponse } from 'node:http';
import { errorCodes, errorText } from '@sallyport/mcp';
import { sendJson } from './http-reply.ts';

/** A request is turned away because there is too much of its kind: which setting says so, and when to come again. */
export interface Overload {
  readonly setting: keyof typeof kinds;
  readonly waitMs: number;
}

const kinds = {
  'floods.requests': [429, 'Too many requests: try again later.'],
  'floods.failures': [429, 'Too many requests: try again later.'],
  'floods.attempts': [429, 'Too many of your requests were refused, so one of this size is not read: try again later.'],
  'http.body_bytes_per_subject': [429, 'Your unfinished requests hold too many bytes: finish some, then try again.'],
  'http.body_bytes': [503, 'The unfinished requests of all hold too many bytes: try again later.'],
  'http.answer_bytes_per_subject': [429, 'You have not taken your answers: read them, then try again.'],
  'http.answer_bytes': [503, 'Too many bytes of answers wait until their clients take them: try again later.'],
  'http.request_within': [503, 'Too many large requests wait for their turn, and this one in vain: try again later.'],
} as const;

/** Says so, and when there is room again. Nothing of the body was looked at, so no id is known. */
export function sendOverload(response: ServerResponse, { setting, waitMs }: Overload): void {
  const [status, text] = kinds[setting];
  response.setHeader('retry-after', Math.max(1, Math.ceil(waitMs / 1000)));
  const message = `${text} The operator sets this in ${setting}.`;
  sendJson(response, status, errorText(null, { code: errorCodes.invalidRequest, message }));
}
