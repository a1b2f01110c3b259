import type { JsonObject, ServerMessage } from '@sallyport/contracts';
import { withoutImitation } from './label.ts';
import { plainLine } from './plain-text.ts';
import { numberIn, present, textIn } from './read-values.ts';

const LOGGER = 100;
const PROGRESS = 500;

/**
 * A notification of an upstream as the client may have it: log messages and progress name the upstream before its own words, and
 * hold what the protocol knows and no more. Null for kinds that go no further.
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
    level,
    logger: named,
    data: typeof data === 'string' ? `${upstream}: ${withoutImitation(data)}` : data,
  });
}

function progress(upstream: string, params: JsonObject): JsonObject {
  const message = textIn(params, 'message');
  return present({
    progressToken: params['progressToken'],
    progress: numberIn(params, 'progress'),
    total: numberIn(params, 'total'),
    message: message === undefined ? undefined : `${upstream}: ${plainLine(message, PROGRESS)}`,
  });
}
