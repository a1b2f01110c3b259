export { checkSanitizers } from './check-sanitizers.ts';
export { createSanitize } from './create-sanitize.ts';
export { sanitizers } from './sanitizers.ts';
