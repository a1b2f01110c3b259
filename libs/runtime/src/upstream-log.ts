import type { UpstreamLog } from '@sallyport/adapter-mcp';
import { type HiddenValues, logText } from '@sallyport/sanitizers';
import type { Logger } from '@sallyport/service';

/** The log of one upstream: its words are cleaned like any text of others, and what we gave it in secret stays out. */
export function upstreamLog(logger: Logger, id: string, hidden: HiddenValues): UpstreamLog {
  return function log(level, message, fields = {}) {
    const clean = Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'string' ? logText(value, hidden) : value,
    ]);
    logger[level](`${id}: ${logText(message, hidden)}`, Object.fromEntries(clean));
  };
}
