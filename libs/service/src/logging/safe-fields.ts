import { isNativeError } from 'node:util/types';
import type { LogFields } from './logger.ts';

/** Members that may hold personal data, argument values or credentials, whatever they hold today. */
const forbidden = new Set(
  'arguments args authorization cookie headers password secret token subject user email name roles result body'.split(
    ' ',
  ),
);
const MAX_TEXT = 4_096;

/**
 * Makes fields fit for a log: members that may be personal are named but not shown, objects are named by their type
 * alone, errors keep their code and stack, and long text is cut.
 */
export function safeFields(fields: LogFields): LogFields {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, safeValue(key, value)]));
}

function safeValue(key: string, value: unknown): unknown {
  if (forbidden.has(key.toLowerCase())) return '[removed]';
  if (isNativeError(value)) return safeError(value);
  if (typeof value === 'string') return cut(value);
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return value.map((item) => (typeof item === 'object' ? '[object]' : safeValue('', item)));
  return typeof value === 'object' && value !== null ? '[object]' : value;
}

function safeError(error: Error): object {
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    ...(typeof code === 'string' && { code }),
    message: cut(error.message),
    ...(error.stack !== undefined && { stack: cut(error.stack) }),
    ...(isNativeError(error.cause) && { cause: cut(`${error.cause.name}: ${error.cause.message}`) }),
  };
}

function cut(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`;
}
