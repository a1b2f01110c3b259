import type { JsonObject, Outcome } from '@sallyport/contracts';

/** `MissingRequiredClientCapability` of 2026-07-28. */
const MISSING_CAPABILITY = -32021;
const known = ['elicitation', 'roots', 'sampling'];

/**
 * What the client would have to declare, where an upstream refused a call with -32021. The upstream speaks of the hop to
 * us, so that its words are translated: only capabilities that the protocol knows count, and only those that the client
 * itself did not declare.
 *
 * @returns null where declaring more would not help the client
 */
export function missingCapabilities(outcome: Outcome, declared: JsonObject = {}): JsonObject | null {
  if (outcome.kind !== 'error' || outcome.code !== MISSING_CAPABILITY) return null;
  const required = member(outcome.data, 'requiredCapabilities');
  const missing = known.filter((name) => member(required, name) !== undefined && declared[name] === undefined);
  return missing.length === 0 ? null : Object.fromEntries(missing.map((name) => [name, {}]));
}

function member(value: unknown, name: string): unknown {
  const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
  return isObject ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
