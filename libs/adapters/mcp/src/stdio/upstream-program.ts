import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import type { UpstreamFailure } from '@sallyport/contracts';
import { isBlank, LineSplitter } from '@sallyport/mcp';
import type { Connection } from '../duplex/runner.ts';
import { failed, type Failure } from '../wire/read-outcome.ts';
import type { Command } from './command.ts';
import { endGroup, guardGroup } from './process-group.ts';
import type { StderrOfRun } from './stderr.ts';

export interface ProgramOptions {
  readonly command: Command;
  /** The longest line that is taken from its stdout. */
  readonly maxLineBytes: number;
  readonly stderr: StderrOfRun;
  onLine(line: string): void;
  /** Called for a line that is too long, with the id of the request of ours that it answers; null where it can't be told. */
  onLongLine(id: string | number | null): void;
  /** Called once, when the program has ended, could not be started, or was given up. */
  onEnd(reason: UpstreamFailure, detail: string): void;
}

/** Bytes that may wait for a program that does not read; more, and it counts as hung. */
const MAX_UNREAD_BYTES = 16_777_216;
/** How long the pipe of an ended program is read on. */
const DRAIN_MS = 500;

/** One run of a program: its own process group, lines of text in and out. */
export class Program implements Connection {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #options: ProgramOptions;
  #ended = false;
  #exiting = false;

  constructor(options: ProgramOptions) {
    const { file, args, cwd, env } = options.command;
    this.#options = options;
    // `detached` gives it a session and group of its own, so that what it starts ends with it.
    this.#child = spawn(file, args, {
      cwd,
      env,
      detached: process.platform !== 'win32',
      stdio: 'pipe',
      windowsHide: true,
    });
    guardGroup(this.#child);
    this.#child.on('error', (error) => this.#end('upstream_down', `could not be started: ${error.message}`));
    this.#child.on('exit', (code, signal) => this.#exited(`ended with ${signal ?? `code ${code}`}`));
    // A program that has closed its stdin is about to end; its exit tells the rest.
    this.#child.stdin.on('error', () => undefined);
    this.#readLines();
    this.#child.stderr.on('data', (chunk: Buffer) => options.stderr.push(chunk));
  }

  /** Writes one line, where the program reads on. */
  write(line: string, beforeWrite: () => boolean): Failure | null {
    const { stdin } = this.#child;
    if (this.#ended || this.#exiting || !stdin.writable || stdin.writableLength > MAX_UNREAD_BYTES)
      return failed('upstream_down', false, 'the program reads no more');
    if (!beforeWrite()) return failed('cancelled', false, 'stopped before the first byte');
    stdin.write(`${line}\n`);
    return null;
  }

  ready(): void {
    this.#options.stderr.ready();
  }

  /** Gives the program up at once: what waits for it fails with `reason`. */
  kill(reason: UpstreamFailure, detail: string): void {
    this.#end(reason, detail);
  }

  /** Ends it in good order: stdin closed, SIGTERM to the group, SIGKILL after 3 s. */
  async close(): Promise<void> {
    const { pid } = this.#child;
    this.#ended = true;
    this.#child.stdin.end();
    if (pid !== undefined) await endGroup(pid);
    this.#child.stdout.destroy();
    this.#child.stderr.destroy();
  }

  /** Answers may still be in the pipe when the program is gone: they are read before its calls are given up. */
  #exited(detail: string): void {
    this.#exiting = true;
    // The group may outlive its leader: nothing of it is to run on beside the next start, nor to hold the pipe open.
    if (this.#child.pid !== undefined) void endGroup(this.#child.pid, 0);
    const timer = setTimeout(() => this.#end('upstream_down', detail), DRAIN_MS);
    this.#child.on('close', () => {
      clearTimeout(timer);
      this.#end('upstream_down', detail);
    });
  }

  #end(reason: UpstreamFailure, detail: string): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#child.pid !== undefined) void endGroup(this.#child.pid, 0);
    this.#child.stdout.destroy();
    this.#options.stderr.ended();
    this.#options.onEnd(reason, detail);
  }

  #readLines(): void {
    const { maxLineBytes, onLine, onLongLine } = this.#options;
    const lines = new LineSplitter(maxLineBytes);
    this.#child.stdout.on('data', (chunk: Buffer) => {
      for (const line of lines.push(chunk)) {
        if (this.#ended) return;
        if (!Buffer.isBuffer(line)) onLongLine(line.scan.answerId());
        else if (!isBlank(line)) onLine(line.toString('utf8'));
      }
    });
  }
}
