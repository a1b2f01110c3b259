import type { CatalogTool, JsonValue } from '@sallyport/contracts';

/** Deeper arguments than this are refused; a flat object is 1. */
export const MAX_DEPTH = 32;
/** Larger arguments than this (bytes of their canonical form) are refused where nothing is configured. */
export const MAX_BYTES = 524_288;
/**
 * Characters of the pointers to all values together. Values below long names within long names have pointers that grow with the
 * square of the arguments; honest ones stay far below.
 */
export const MOST_SPELLED = 2_000_000;

export interface Size {
  /** Levels; a flat object is 1. */
  readonly depth: number;
  /** Characters that the pointers to all values take. */
  readonly spelled: number;
}

/** What the arguments of a call may have, in bytes of their canonical form. */
export function bytesFor(tool: Pick<CatalogTool, 'maxArgumentBytes'> | undefined): number {
  return tool?.maxArgumentBytes ?? MAX_BYTES;
}

/** Measures a value in one pass that makes no text. */
export function measure(value: JsonValue, pointerLength = 0): Size {
  if (value === null || typeof value !== 'object') return { depth: 0, spelled: pointerLength };
  let depth = 0;
  let spelled = pointerLength;
  for (const name of Object.keys(value)) {
    const below = measure((value as Record<string, JsonValue>)[name] as JsonValue, pointerLength + name.length + 1);
    depth = Math.max(depth, below.depth);
    spelled += below.spelled;
  }
  return { depth: depth + 1, spelled };
}
