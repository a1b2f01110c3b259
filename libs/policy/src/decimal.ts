/** Cedar's decimals: 64 bits, four digits after the point. The largest of them that is a double, too. */
const LIMIT = 922_337_203_685_477.5;
const TEXT = /^(-?)(\d+)\.(\d{1,4})$/;
const MAX = 2n ** 63n;

/** A number as Cedar's decimal text; null where four digits can't hold it exactly or it is out of range. */
export function decimalText(value: number): string | null {
  if (!(Math.abs(value) <= LIMIT)) return null;
  const text = value.toFixed(4);
  return Number(text) === value ? text : null;
}

/** The value of a decimal's text times 10,000; null where Cedar would refuse the text. */
export function decimalUnits(text: string): bigint | null {
  const [, sign, whole, fraction] = TEXT.exec(text) ?? [];
  if (whole === undefined || fraction === undefined) return null;
  const size = BigInt(whole + fraction.padEnd(4, '0'));
  const units = sign === '-' ? -size : size;
  return units < MAX && units >= -MAX ? units : null;
}

/** The largest and the smallest value of a decimal times 10,000. */
export const range = { least: -MAX, most: MAX - 1n } as const;

/** The decimal's text for its value times 10,000. */
export function textOfUnits(units: bigint): string {
  const size = units < 0n ? -units : units;
  const digits = size.toString().padStart(5, '0');
  return `${units < 0n ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}`;
}

/**
 * The largest whole number that is not above ten thousand times a number, by the digits that the number is written with.
 *
 * @param value a finite number
 */
export function floorUnits(value: number): bigint {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  const digits = BigInt(whole + fraction);
  const shift = Number(exponent) - fraction.length + 4;
  const size = shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift);
  if (sign !== '-') return size;
  const isWhole = shift >= 0 || size * 10n ** BigInt(-shift) === digits;
  return isWhole ? -size : -size - 1n;
}
