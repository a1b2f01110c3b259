/**
 * Freezes a value with everything in it, and returns it.
 *
 * @param value without cycles: what was parsed, or is configured. What is frozen already is looked into all the same.
 */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}
