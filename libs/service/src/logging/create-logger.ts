import { pino } from 'pino';
import type { LogFields, Logger, LogLevel } from './logger.ts';
import { readableLine } from './readable-line.ts';
import { safeFields } from './safe-fields.ts';

export interface LogDestination {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

export interface LoggerOptions {
  readonly level?: LogLevel;
  /** Standard error by default: standard output belongs to what a program answers (and to MCP, with `stdio`). */
  readonly destination?: LogDestination;
  /** Lines for people instead of JSON; by default when the destination is a terminal. */
  readonly readable?: boolean;
}

/**
 * JSON lines, or one readable line each on a terminal. Fields that may be personal are taken out before they are
 * printed, so a careless caller does no harm.
 */
export function createLogger({
  level = 'info',
  destination = process.stderr,
  readable = destination.isTTY === true,
}: LoggerOptions = {}): Logger {
  const lines = { write: (json: string) => void destination.write(readable ? readableLine(json) : json) };
  const out = pino({ level, base: null, timestamp: pino.stdTimeFunctions.epochTime }, lines);
  const at =
    (name: Exclude<LogLevel, 'silent'>) =>
    (message: string, fields: LogFields = {}): void => {
      if (out.isLevelEnabled(name)) out[name](safeFields(fields), message);
    };
  return { level, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
