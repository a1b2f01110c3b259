import type { Config, Sanitizer } from '@sallyport/contracts';
import type { TextEdit } from './text-edit.ts';

/** A sanitizer as the chain takes it. */
export interface ListedSanitizer extends Sanitizer {
  /** Present when it works on single strings: neighbours in the list then share one traversal. Null where it is off. */
  text?(config: Config): TextEdit | null;
  /** True when it is configured to count without changing anything. */
  reports?(config: Config): boolean;
}
