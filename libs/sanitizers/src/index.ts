export { checkSanitizers } from './check-sanitizers.ts';
export { createSanitize } from './create-sanitize.ts';
export { type HiddenValues, logText } from './log-text.ts';
export { sanitizers, sanitizersWith } from './sanitizers.ts';
