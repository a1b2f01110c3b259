import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import colours from 'picocolors';
import { printable, printableJson } from './printable.ts';

/** Where a command writes: lines and tables for a person, or JSON for a program. */
export interface Output {
  /** True when standard output is read by a program, or `--json` was given. */
  readonly json: boolean;
  readonly colour: ReturnType<typeof colours.createColors>;
  /** One JSON value on a line of its own. */
  value(value: unknown): void;
  line(text?: string): void;
  table(head: readonly string[], rows: readonly (readonly string[])[]): void;
  /** A desktop notification, where the terminal knows how (OSC 9), and a sound. */
  notify(text: string): void;
  /** For the person, on standard error: never part of what a program reads. */
  note(text: string): void;
}

export interface Streams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** Output for one command; JSON where it is piped or asked for. */
export function createOutput({ stdout, stderr }: Streams, { json = false }: { readonly json?: boolean }): Output {
  const machine = json || !stdout.isTTY;
  const colour = colours.createColors(!machine && colours.isColorSupported);
  return {
    json: machine,
    colour,
    value: (value) => void stdout.write(`${printableJson(JSON.stringify(value))}\n`),
    line: (text = '') => void stdout.write(`${text}\n`),
    table: (head, rows) =>
      void stdout.write(`${render([head.map((text) => colour.dim(text)), ...rows], stdout.columns)}\n`),
    notify: (text) => void stdout.write(`\u001b]9;${printable(text)}\u0007\u0007`),
    note: (text) => void stderr.write(`${text}\n`),
  };
}

const invisible = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '' };
const borders = {
  ...invisible,
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Narrower columns are not made narrower still. */
const NARROWEST = 16;
const GAP = 2;

/** A table within the terminal's width; nothing stands after a row's last text. */
function render(rows: readonly (readonly string[])[], width = Number.POSITIVE_INFINITY): string {
  const table = new Table({ chars: borders, style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] } });
  const widths = widthsWithin(rows, width);
  table.push(...rows.map((row) => row.map((text, at) => wrapped(text, widths[at] ?? NARROWEST))));
  const lines = table.toString().split('\n');
  return lines.map((line) => line.trimEnd()).join('\n');
}

/** The widest column gives first. */
function widthsWithin(rows: readonly (readonly string[])[], most: number): number[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => shownLength(row[at] ?? ''))));
  const excess = (): number => widths.reduce((sum, width) => sum + width, GAP * (widths.length - 1)) - most;
  while (excess() > 0) {
    const widest = Math.max(...widths);
    if (widest <= NARROWEST) break;
    widths[widths.indexOf(widest)] = widest - 1;
  }
  return widths;
}

/** Breaks at spaces, and within words that have no place in a line. */
function wrapped(text: string, width: number): string {
  if (shownLength(text) <= width) return text;
  return text.replaceAll(new RegExp(`(.{1,${width}})(?: +|$)|(.{${width}})`, 'gu'), '$1$2\n').trimEnd();
}

function shownLength(text: string): number {
  return stripVTControlCharacters(text).length;
}

/** The colour of a decision, a state or a vote. */
export function tinted(word: string, colour: Output['colour']): string {
  const shown = printable(word);
  if (/^(allow|approved?|pass|completed|up|fires|active|visible)$/.test(word)) return colour.green(shown);
  if (/^(deny|rejected?|drifted|failed|down|silent|suspended|off|hidden|refused)$/.test(word)) return colour.red(shown);
  if (/^(hold|asks|requested|unapproved|starting|not_run|outcome_unknown)$/.test(word)) return colour.yellow(shown);
  return shown;
}
