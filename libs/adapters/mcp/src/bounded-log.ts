import type { Clock } from '@sallyport/contracts';

/**
 * Where an upstream's incidents are told: for our log, never for a client. Messages and texts in fields may be the upstream's
 * own words, as they came: the log that is handed in must clean them.
 */
export type UpstreamLog = (
  level: 'info' | 'warn' | 'error',
  message: string,
  fields?: Readonly<Record<string, string | number | boolean | null>>,
) => void;

/** Lines of one upstream in a minute; what it says beyond that is counted, so that it can't fill the log. */
const linesPerMinute = 200;

/** The log of one upstream, bounded per minute. */
export function boundedLog(log: UpstreamLog, clock: Clock): UpstreamLog {
  let minute = 0;
  let lines = 0;
  return function bounded(level, message, fields) {
    const now = Math.floor(clock.monotonic() / 60_000);
    if (now !== minute && lines > linesPerMinute)
      log('warn', 'upstream said more than was logged', { left_out: lines - linesPerMinute });
    if (now !== minute) lines = 0;
    minute = now;
    lines += 1;
    if (lines <= linesPerMinute) log(level, message, fields);
  };
}
