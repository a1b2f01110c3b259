export { checkSanitizers } from './check-sanitizers.ts';
export { createSanitize } from './create-sanitize.ts';
export type { ListedSanitizer } from './listed-sanitizer.ts';
export { sanitizers } from './sanitizers.ts';
export type { TextEdit, Tally } from './text-edit.ts';
