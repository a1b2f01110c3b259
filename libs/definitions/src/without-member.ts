import type { JsonValue } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';

/** A copy of a value without one member; null where none is there, or it is an element of a list. */
export function withoutMember(value: JsonValue, [first = '', ...rest]: readonly string[]): JsonValue | null {
  const child = memberOf(value, first);
  if (child === undefined) return null;
  if (rest.length === 0) return isObject(value) ? without(value, first) : null;
  const inner = withoutMember(child, rest);
  if (inner === null) return null;
  return Array.isArray(value) ? value.with(Number(first), inner) : { ...(value as object), [first]: inner };
}

function without(value: object, name: string): JsonValue {
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
}

function memberOf(value: JsonValue, token: string): JsonValue | undefined {
  if (Array.isArray(value)) return value[Number(token)];
  return isObject(value) && Object.hasOwn(value, token) ? value[token] : undefined;
}
