import type { Clock, StdioUpstreamConfig } from '@sallyport/contracts';
import { LineSplitter } from '@sallyport/mcp';
import type { UpstreamLog } from '../bounded-log.ts';

export interface StderrOptions {
  readonly mode: StdioUpstreamConfig['stderr'];
  readonly clock: Clock;
  readonly log: UpstreamLog;
}

/** The stderr of one run of a program. */
export interface StderrOfRun {
  push(chunk: Buffer): void;
  /** The handshake is done: from now on calls reach the program, and what it writes may hold their arguments. */
  ready(): void;
  /** The run is over. What a program said that never got ready is logged: it says why. */
  ended(): void;
}

/** A longer line is left out, and counted. */
const LONGEST_LINE = 65_536;
/** Lines of a start that failed. */
const LAST_LINES = 10;
/** Where an error was thrown; the lines before say what it was. */
const STACK_FRAME = /^\s+at\s/;
/** Times, process ids and names of log files differ where lines say the same. */
const NUMBERS = /\d+/g;
const LOGGED_PER_MINUTE = 100;
const MINUTE_MS = 60_000;

/**
 * What the programs of one upstream write to stderr. It is free text that may hold arguments and results of calls, so it is
 * counted, and logged only where the operator asked for it or before any call has reached the program. Who logs sanitizes.
 */
export class Stderr {
  readonly #options: StderrOptions;
  #lines = 0;
  #bytes = 0;
  #since: number | null = null;
  #logged = 0;
  /** What the last start that failed wrote, and how often in a row. */
  #failed = { text: '', times: 0 };

  constructor(options: StderrOptions) {
    this.#options = options;
  }

  /** What all runs have written so far. */
  written(): { readonly lines: number; readonly bytes: number } {
    return { lines: this.#lines, bytes: this.#bytes };
  }

  /** Begins to take what one run writes. */
  open(): StderrOfRun {
    const splitter = new LineSplitter(LONGEST_LINE);
    let last: string[] | null = [];
    const visible = withoutKeys();
    const take = (raw: string): void => {
      this.#lines += 1;
      const line = visible(raw);
      if (line === null || line.trim() === '') return;
      if (this.#options.mode === 'log') return this.#log(line);
      if (last !== null && !STACK_FRAME.test(line)) last = [...last, line].slice(-LAST_LINES);
    };
    return {
      push: (chunk) => {
        const first = this.#newMinute();
        this.#bytes += chunk.length;
        for (const line of splitter.push(chunk)) {
          if (Buffer.isBuffer(line)) take(line.toString('utf8'));
          else this.#lines += 1;
        }
        if (first) this.#tell();
      },
      ready: () => {
        last = null;
        this.#failed = { text: '', times: 0 };
      },
      ended: () => {
        this.#tellFailed(last ?? []);
        last = null;
      },
    };
  }

  /** A program that fails again and again mostly says the same: that is told once, then counted. */
  #tellFailed(lines: readonly string[]): void {
    if (lines.length === 0) return;
    const { log } = this.#options;
    const text = lines.join('\n').replaceAll(NUMBERS, '0');
    const times = text === this.#failed.text ? this.#failed.times + 1 : 1;
    this.#failed = { text, times };
    if (times > 1) return log('warn', 'a program that did not get ready wrote the same to stderr again', { times });
    for (const line of lines) log('warn', 'stderr of a program that did not get ready', { text: line });
  }

  #log(text: string): void {
    this.#logged += 1;
    if (this.#logged <= LOGGED_PER_MINUTE) this.#options.log('info', 'stderr', { text });
  }

  /** True for the first that comes in a minute; says then how much of the minute before was left out. */
  #newMinute(): boolean {
    const now = this.#options.clock.monotonic();
    if (this.#since !== null && now - this.#since < MINUTE_MS) return false;
    const leftOut = this.#logged - LOGGED_PER_MINUTE;
    if (leftOut > 0)
      this.#options.log('warn', 'stderr had more lines than are logged in a minute', { left_out: leftOut });
    this.#since = now;
    this.#logged = 0;
    return true;
  }

  #tell(): void {
    const { log, mode } = this.#options;
    if (mode === 'log') return;
    log('info', 'stderr is counted; set `stderr: log` for this upstream to have it logged', this.written());
  }
}

/** Leaves out the lines of private keys: no line but the first shows what it is part of. */
function withoutKeys(): (line: string) => string | null {
  let within = false;
  return function visible(line) {
    const was = within;
    if (/-----BEGIN [A-Z ]{0,30}PRIVATE KEY/.test(line)) within = true;
    if (/-----END [A-Z ]{0,30}PRIVATE KEY/.test(line)) within = false;
    return was ? null : line;
  };
}
