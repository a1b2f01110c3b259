import type { JsonObject, JsonValue, ServerMessage } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { namesSallyport, withoutImitation } from './label.ts';
import { plainLine, visible } from './shown-text.ts';
import { numberIn, present, textIn } from './read-values.ts';

const LOGGER = 100;
const PROGRESS = 500;
const levels: ReadonlySet<unknown> = new Set([
  ...['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'],
]);

/**
 * A notification of an upstream as the client may have it: log messages name the upstream before its own words, progress, which
 * stands beside its call, only where it names us; both hold what the protocol knows and no more. Null for kinds that go no further.
 */
export function labelledNotification(upstream: string, { method, params }: ServerMessage): ServerMessage | null {
  switch (method) {
    case 'notifications/message':
      return { method, params: logMessage(upstream, params) };
    case 'notifications/progress':
      return { method, params: progress(upstream, params) };
    default:
      return null;
  }
}

function logMessage(upstream: string, params: JsonObject): JsonObject {
  const logger = textIn(params, 'logger');
  const named = logger === undefined ? upstream : `${upstream}: ${plainLine(logger, LOGGER)}`;
  const { level, data } = params;
  return present({
    level: levels.has(level) ? level : 'info',
    logger: named,
    data: typeof data === 'string' ? `${upstream}: ${withoutImitation(data)}` : within(upstream, data),
  });
}

/** What a log message holds beside plain text: each text and name without what hides, and under the upstream's name where it names us. */
function within(upstream: string, value: JsonValue | undefined): JsonValue | undefined {
  if (typeof value === 'string') return withinText(upstream, value);
  if (Array.isArray(value)) return value.map((item) => within(upstream, item) ?? null);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [withinText(upstream, name), within(upstream, item) ?? null]),
  );
}

function withinText(upstream: string, text: string): string {
  return namesSallyport(text) ? `${upstream}: ${withoutImitation(text)}` : visible(text);
}

function progress(upstream: string, params: JsonObject): JsonObject {
  const message = textIn(params, 'message');
  return present({
    progressToken: params['progressToken'],
    progress: numberIn(params, 'progress'),
    total: numberIn(params, 'total'),
    message: message === undefined ? undefined : progressText(upstream, plainLine(message, PROGRESS)),
  });
}

function progressText(upstream: string, line: string): string {
  return namesSallyport(line) ? `${upstream}: ${line}` : line;
}
