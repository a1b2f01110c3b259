import { inputRequired } from '@modelcontextprotocol/server';

/** What the fixture's tools and prompts are made of. */

export const text = (value) => ({ type: 'text', text: value });

/** One red pixel. */
export const pixel = {
  type: 'image',
  mimeType: 'image/png',
  data: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==',
};

/** A question to the person, as an answer asks it. */
export const form = (message, properties, required = []) =>
  inputRequired.elicit({ message, requestedSchema: { type: 'object', properties, required } });
