import type { LoggerService } from '@nestjs/common';
import type { Logger } from './logger.ts';

/** Nest's own lines, through our log: what it tells of its start is for debugging only. */
export function nestLogger(logger: Logger): LoggerService {
  const context = (rest: readonly unknown[]) => ({ context: String(rest.at(-1) ?? 'nest') });
  return {
    log: (message: unknown, ...rest: unknown[]) => logger.debug(String(message), context(rest)),
    debug: (message: unknown, ...rest: unknown[]) => logger.debug(String(message), context(rest)),
    verbose: (message: unknown, ...rest: unknown[]) => logger.debug(String(message), context(rest)),
    warn: (message: unknown, ...rest: unknown[]) => logger.warn(String(message), context(rest)),
    error: (message: unknown, ...rest: unknown[]) => logger.error(String(message), context(rest)),
    fatal: (message: unknown, ...rest: unknown[]) => logger.error(String(message), context(rest)),
  };
}
