const levels: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info ', 40: 'WARN ', 50: 'ERROR' };
const colours: Readonly<Record<number, string>> = { 20: '2', 30: '36', 40: '33', 50: '31' };

interface Line {
  readonly level: number;
  readonly time: number;
  readonly msg?: string;
  readonly [field: string]: unknown;
}

/**
 * Turns one JSON log line into one that a person reads: `12:01:02 info  message  key=value`. Further lines of a message are
 * indented, so that none can pass for an entry of its own.
 */
export function readableLine(json: string): string {
  const { level, time, msg = '', ...fields } = JSON.parse(json) as Line;
  const clock = new Date(time).toTimeString().slice(0, 8);
  const shown = Object.entries(fields).map(([key, value]) => `  ${dim(`${key}=`)}${plain(value)}`);
  return `${dim(clock)} ${paint(colours[level] ?? '0', levels[level] ?? 'info ')} ${msg.split('\n').map(printable).join('\n  ')}${shown.join('')}\n`;
}

function plain(value: unknown): string {
  if (typeof value !== 'object' || value === null) return printable(String(value));
  const { type, message } = value as { type?: unknown; message?: unknown };
  return printable(typeof message === 'string' ? `${String(type)}: ${message}` : JSON.stringify(value));
}

/** What others wrote must not steer the terminal. */
function printable(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}

function dim(text: string): string {
  return paint('2', text);
}

function paint(code: string, text: string): string {
  return `\u001b[${code}m${text}\u001b[0m`;
}
