/** Cedar's decimals: 64 bits, four digits after the point. */
const LIMIT = 922_337_203_685_477;
const TEXT = /^(-?)(\d+)\.(\d{1,4})$/;
const MAX = 2n ** 63n;

/** A number as Cedar's decimal text; null where four digits can't hold it exactly or it is out of range. */
export function decimalText(value: number): string | null {
  if (!(Math.abs(value) < LIMIT)) return null;
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
