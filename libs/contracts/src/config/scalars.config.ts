import { z } from 'zod';

const units = { ms: 1, s: 1000, min: 60_000, m: 60_000, h: 3_600_000, day: 86_400_000, d: 86_400_000 } as const;

/** Milliseconds in one of the units that the configuration knows. */
function unitMs(unit: keyof typeof units): number {
  return units[unit];
}

/** `10s`, `5min`, `1h`, `250ms`; parsed to milliseconds. */
export const duration = z
  .string()
  .regex(/^\d+(ms|s|m|min|h|d|day)$/, 'a duration such as 250ms, 10s, 5min, 1h')
  .transform((text) => {
    const [, count, unit] = /^(\d+)([a-z]+)$/.exec(text) ?? [];
    return Number(count) * unitMs(unit as keyof typeof units);
  });

export interface Rate {
  readonly count: number;
  readonly periodMs: number;
}

/** `60/min`, `5/h`, `3/10s`; parsed to a count and a period. */
export const rate = z
  .string()
  .regex(/^[1-9]\d*\/(\d+)?(s|min|h|day)$/, 'a rate such as 60/min, 5/h, 3/10s')
  .transform((text): Rate => {
    const [, count, times, unit] = /^(\d+)\/(\d*)([a-z]+)$/.exec(text) ?? [];
    return { count: Number(count), periodMs: (times ? Number(times) : 1) * unitMs(unit as keyof typeof units) };
  });

/** A rate as the configuration and the admin API write it, in the largest unit that fits: `rate` reads it back. */
export function rateText({ count, periodMs }: Rate): string {
  const unit = (['day', 'h', 'min', 's'] as const).find((name) => periodMs % unitMs(name) === 0) ?? 's';
  const times = periodMs / unitMs(unit);
  return `${count}/${times === 1 ? '' : times}${unit}`;
}

/** An upstream's id: it becomes the prefix of tool names, so it has no underscore. */
export const upstreamId = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'lower-case letters, digits and dashes, at most 32')
  .regex(/^(?!sally-?port$)/, 'another name: what this upstream asks of people would seem to come from Sallyport');

/** A secret that is read from a file or an environment variable, never written in the configuration itself. */
export const secret = z.union([
  z.strictObject({ file: z.string().min(1) }),
  z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/) }),
]);

/** The characters of a scope (RFC 6749 section 3.3): what has others is none, or several. */
export const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** One scope of a token. */
export const scope = z.string().regex(SCOPE, 'one scope, without blanks and quotes');

/** What `init` writes in the place of a value that only a person knows. */
export const PLACEHOLDER = 'REPLACE-ME';
