import type { CedarValueJson } from '@cedar-policy/cedar-wasm/nodejs';

import { UNMAPPABLE } from './cedar-value.ts';
import { decimalText, decimalUnits, floorUnits, range, textOfUnits } from './decimal.ts';

/** Writes the numbers of one call as Cedar's decimals. */
export interface Decimals {
  shown(value: number): CedarValueJson | typeof UNMAPPABLE;
}

/** Shows what four places hold exactly, and nothing else. */
export const exactDecimals: Decimals = {
  shown(value) {
    const text = decimalText(value);
    return text === null ? UNMAPPABLE : decimal(text);
  },
};

/**
 * Shows every number so that each comparison comes out as if it had all of its places. One with more than four, or beyond what a
 * decimal holds, is shown as the decimal next to it that is further from zero, or else as the one that is nearer: the one
 * that nothing in the policies or in the call is equal to.
 *
 * @param literals every decimal that the policies hold, times 10,000; null where they make some out of texts
 */
export function createPlacedDecimals(literals: ReadonlySet<bigint> | null): Decimals & {
  /** Writes the numbers that are not exact, once all of the call were shown. False where one can't be told from another. */
  settle(): boolean;
} {
  const exact = new Set<bigint>();
  const waiting = new Map<number, { fn: string; arg: string }>();
  return {
    shown(value) {
      const text = decimalText(value);
      if (text !== null) {
        exact.add(decimalUnits(text) ?? 0n);
        return decimal(text);
      }
      const call = waiting.get(value) ?? { fn: 'decimal', arg: '' };
      waiting.set(value, call);
      return { __extn: call };
    },
    settle() {
      if (waiting.size === 0) return true;
      if (literals === null) return false;
      const taken = new Set([...literals, ...exact]);
      const cells = new Set<bigint>();
      for (const [value, call] of waiting) {
        const floor = cellOf(value);
        const place = placesIn(floor).find((units) => !taken.has(units));
        // Of two numbers between the same decimals nobody could see which is larger.
        if (place === undefined || cells.has(floor)) return false;
        cells.add(floor);
        taken.add(place);
        call.arg = textOfUnits(place);
      }
      return true;
    },
  };
}

function decimal(text: string): CedarValueJson {
  return { __extn: { fn: 'decimal', arg: text } };
}

/** The decimal below a number; what is beyond all decimals is between the last and none. */
function cellOf(value: number): bigint {
  const floor = floorUnits(value);
  if (floor > range.most) return range.most;
  return floor < range.least ? range.least - 1n : floor;
}

/** The decimals around a number, the one that is further from zero first. */
function placesIn(floor: bigint): readonly bigint[] {
  const both = floor < 0n ? [floor, floor + 1n] : [floor + 1n, floor];
  return both.filter((units) => units >= range.least && units <= range.most);
}
