export { checkSanitizers } from './check-sanitizers.ts';
export { createSanitize } from './create-sanitize.ts';
export { type HiddenValues, logText } from './log-text.ts';
export { withoutSecrets } from './secrets/secrets.sanitizer.ts';
export { sanitizers, sanitizersWith } from './sanitizers.ts';
