import type { Worker } from 'node:worker_threads';
import { JournalUnavailable } from '@sallyport/contracts';
import type { Reply, Request } from './wire.ts';

export interface ChannelOptions {
  /** Milliseconds after which a request that has no reply is given up. */
  readonly deadlineMs: number;
  /** Told how many commits shared a transaction. */
  readonly onCommits?: ((count: number) => void) | undefined;
}

interface Waiter {
  readonly due: number;
  resolve(reply: Reply): void;
  reject(error: JournalUnavailable): void;
}

/**
 * Requests to the worker and its replies, which come in the same order. All requests of one turn of the event loop go in
 * one message. Every request ends: with a reply, at its deadline, or with the worker.
 */
export class WorkerChannel {
  readonly #worker: Worker;
  readonly #deadlineMs: number;
  readonly #onCommits: ChannelOptions['onCommits'];
  #retries: Request[] = [];
  #waiters: Waiter[] = [];
  #ended: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(worker: Worker, { deadlineMs, onCommits }: ChannelOptions) {
    this.#worker = worker;
    this.#onCommits = onCommits;
    this.#deadlineMs = deadlineMs;
    worker.on('message', (replies: Reply[]) => this.#deliver(replies));
    worker.on('error', (error) => this.end(`the worker failed: ${error.message}`));
    worker.on('exit', () => this.end('the worker has ended'));
    worker.unref(); // it keeps the process alive only while somebody waits for it
  }

  /** @throws JournalUnavailable if there is no reply in time, or the reply says that it failed */
  ask(request: Request): Promise<Reply> {
    if (this.#ended !== undefined) return Promise.reject(new JournalUnavailable(this.#ended));
    return new Promise((resolve, reject) => {
      if (this.#waiters.length === 0) this.#worker.ref();
      this.#waiters.push({ due: performance.now() + this.#deadlineMs, resolve, reject });
      if (this.#retries.push(request) === 1) setImmediate(() => this.#send());
      this.#timer ??= this.#watch(this.#deadlineMs);
    });
  }

  /** Refuses everything from now on, and what is under way. */
  end(reason: string): void {
    this.#ended ??= reason;
    clearTimeout(this.#timer);
    for (const { reject } of this.#waiters) reject(new JournalUnavailable(reason));
    this.#waiters = [];
    this.#retries = [];
  }

  #send(): void {
    const requests = this.#retries;
    this.#retries = [];
    if (requests.length > 0) this.#worker.postMessage(requests);
  }

  #deliver(replies: readonly Reply[]): void {
    let commits = 0;
    for (const reply of replies) if (typeof reply === 'number') commits += 1;
    if (commits > 0) this.#onCommits?.(commits);
    for (const [index, waiter] of this.#waiters.splice(0, replies.length).entries()) {
      const reply = replies[index] ?? ['failed', 'no reply'];
      if (typeof reply === 'object' && reply[0] === 'failed') waiter.reject(new JournalUnavailable(reply[1]));
      else waiter.resolve(reply);
    }
    if (this.#waiters.length === 0) this.#worker.unref();
  }

  /** One timer for all. Who has been given up stays in line, so that later replies still find their askers. */
  #watch(ms: number): NodeJS.Timeout {
    const expire = () => {
      const now = performance.now();
      for (const { due, reject } of this.#waiters) {
        if (due > now) break;
        reject(new JournalUnavailable(`no answer within ${this.#deadlineMs} ms`));
      }
      const next = this.#waiters.find(({ due }) => due > now);
      this.#timer = next && this.#watch(next.due - now);
    };
    return setTimeout(expire, Math.ceil(ms)).unref();
  }
}
