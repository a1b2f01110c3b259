/** Details of a log line: flat, so that nobody logs arguments or a whole token by accident. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where programs write what happens to them. Lines are for operators and hold no personal data. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  readonly level: LogLevel;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';
