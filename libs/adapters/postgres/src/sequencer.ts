import { setTimeout as pause } from 'node:timers/promises';
import { thrownText } from '@sallyport/base';
import { JournalUnavailable, type StoredEvent } from '@sallyport/contracts';
import { hold } from './hold.ts';
import { Knowledge } from './knowledge.ts';
import { failureOf, type Link } from './link.ts';
import { type Plan, planBatch } from './plan.ts';
import { lookUp } from './look-up.ts';
import type { Written } from './journal-reads.ts';
import type { Request } from './request.ts';
import { appendStatement } from './statement.ts';

export interface SequencerParts {
  /** A connection that is fit to write; takes a second at most. */
  readonly connect: () => Promise<Link>;
  /** What some known commands wrote, in their order. */
  readonly read: (of: readonly Written[]) => Promise<readonly (readonly StoredEvent[])[]>;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Told of each transaction how many commits shared it. */
  readonly onCommits?: ((count: number) => void) | undefined;
}

const MAX_COMMITS = 256;
const MAX_BYTES = 4 * 1024 * 1024;
/** Whatever is held can't be stale twice in a row, except through a deadlock with a stranger. */
const MAX_TRIES = 5;
const PAUSE_MS = 50;
/** A statement that hangs is given up while there is still time to find out what became of it. */
const MIN_ASK_MS = 250;

/**
 * Writes the commits of some tenants, all that came in during the last statement with the next one. What it believes of
 * the logs needs no question as long as it is the only one that writes; the statement itself checks that, and says no to
 * one who was overtaken. Then, and after a lost answer, the logs are held and looked at before anything is answered.
 */
export class Sequencer {
  readonly #parts: SequencerParts;
  readonly #known = new Knowledge();
  readonly #queue: Request[] = [];
  #link: Link | undefined;
  #running: Promise<void> | undefined;

  constructor(parts: SequencerParts) {
    this.#parts = parts;
  }

  /** The request is settled later, never before it is durable. */
  add(request: Request): void {
    this.#queue.push(request);
    this.#running ??= this.#run();
  }

  /** Settles what is under way, then closes its connection. */
  async close(): Promise<void> {
    await this.#running;
    await this.#link?.close();
  }

  async #run(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve)); // those who come in the same turn go together
    while (this.#queue.length > 0) await this.#settle(this.#next());
    this.#running = undefined;
  }

  #next(): Request[] {
    let bytes = 0;
    let count = 0;
    for (const { size } of this.#queue) {
      bytes += size;
      if (count > 0 && (bytes > MAX_BYTES || count === MAX_COMMITS)) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  /** Tries until each request of the batch has its answer. */
  async #settle(batch: readonly Request[]): Promise<void> {
    let careful = batch.some(({ doubtful }) => doubtful);
    let left = batch;
    for (let stale = 0; left.length > 0;) {
      left = this.#inTime(left);
      if (left.length === 0) return;
      try {
        const rest = await this.#attempt(left, careful);
        careful = rest.length === left.length ? true : careful;
        left = rest;
      } catch (error) {
        this.#known.forget(new Set(left.map(({ tenant }) => tenant)));
        careful = true;
        const failure = failureOf(error);
        if (failure === 'lost') left = await this.#afterLoss(left, error);
        else if (failure === 'refused' || ++stale === MAX_TRIES) return this.#apart(left, error);
      }
    }
  }

  /** @returns those that have no answer yet */
  async #attempt(batch: readonly Request[], careful: boolean): Promise<readonly Request[]> {
    const link = await this.#connected();
    const ms = this.#timeout(batch);
    if (careful) return this.#held(link, batch, ms);
    await lookUp(link, batch, { known: this.#known, ms });
    const plan = planBatch(batch, this.#known);
    if (plan.unsure) return this.#held(link, batch, ms);
    await this.#append(link, plan, this.#known.sizes, ms);
    this.#known.learn(plan);
    return this.#answer(plan);
  }

  async #held(link: Link, batch: readonly Request[], ms: number): Promise<readonly Request[]> {
    try {
      await link.ask({ text: 'BEGIN' }, ms);
      const known = await hold(link, batch, ms);
      const plan = planBatch(batch, known);
      if (plan.commits.length > 0) await this.#append(link, plan, known.sizes, ms);
      await link.ask({ text: plan.commits.length > 0 ? 'COMMIT' : 'ROLLBACK' }, ms);
      this.#known.learn(plan, known);
      return await this.#answer(plan);
    } catch (error) {
      if (link.alive) await link.ask({ text: 'ROLLBACK' }, ms).catch(() => link.drop());
      throw error;
    }
  }

  async #append(link: Link, plan: Plan, sizes: ReadonlyMap<string, number>, ms: number): Promise<void> {
    if (plan.commits.length === 0) return;
    const statement = appendStatement(plan, sizes);
    const certain = plan.commits.map(({ request }) => request).filter(({ doubtful }) => !doubtful);
    for (const request of certain) request.doubtful = true;
    try {
      await link.ask(statement, ms);
    } catch (error) {
      if (failureOf(error) !== 'lost') for (const request of certain) request.doubtful = false;
      throw error;
    }
  }

  async #answer({ commits, conflicts, duplicates, later }: Plan): Promise<readonly Request[]> {
    if (commits.length > 0) this.#parts.onCommits?.(commits.length);
    for (const { request, first } of commits) request.resolve({ status: 'committed', first });
    for (const { request, stream, version } of conflicts) request.resolve({ status: 'conflict', stream, version });
    if (duplicates.length > 0) await this.#answerKnown(duplicates);
    return later;
  }

  /** A command that is known was another's, or this very request's whose answer was lost. */
  async #answerKnown(duplicates: Plan['duplicates']): Promise<void> {
    try {
      const of = duplicates.map(({ request: { tenant }, first, count }) => ({ tenant, first, count }));
      const written = await this.#parts.read(of);
      for (const [at, { request, first }] of duplicates.entries()) {
        const events = written[at] ?? [];
        const isOwn = request.doubtful && idsOf(events) === idsOf(request.writes.flatMap((write) => write.events));
        request.resolve(isOwn ? { status: 'committed', first } : { status: 'duplicate', events });
      }
    } catch (error) {
      const unread = unavailable('What is recorded under this command could not be read', error);
      for (const { request } of duplicates) request.reject(unread);
    }
  }

  async #connected(): Promise<Link> {
    if (this.#link?.alive) return this.#link;
    try {
      this.#link = await this.#parts.connect();
      return this.#link;
    } catch (error) {
      const away = unavailable('PostgreSQL is away', error);
      for (const request of this.#queue.splice(0)) request.reject(away);
      throw away;
    }
  }

  /** Only those that may be written already are worth asking about again; the others are told at once. */
  async #afterLoss(batch: readonly Request[], error: unknown): Promise<readonly Request[]> {
    for (const request of batch) if (!request.doubtful) request.reject(unavailable('PostgreSQL is away', error));
    const doubtful = batch.filter((request) => request.doubtful);
    if (doubtful.length > 0) await pause(PAUSE_MS);
    return doubtful;
  }

  /** One that can't be written must not take the others along. */
  async #apart(batch: readonly Request[], error: unknown): Promise<void> {
    if (batch.length === 1) return batch[0]?.reject(unavailable('PostgreSQL refused the commit', error));
    for (const request of batch) await this.#settle([request]);
  }

  #inTime(batch: readonly Request[]): readonly Request[] {
    const now = this.#parts.now();
    const late = batch.filter(({ until }) => until <= now);
    for (const request of late) request.reject(new JournalUnavailable('The journal did not answer in time.'));
    return late.length === 0 ? batch : batch.filter(({ until }) => until > now);
  }

  #timeout(batch: readonly Request[]): number {
    const left = Math.max(...batch.map(({ until }) => until)) - this.#parts.now();
    return Math.max(left / 2, Math.min(left, MIN_ASK_MS));
  }
}

function idsOf(events: readonly { readonly id: string }[]): string {
  return events.map(({ id }) => id).join();
}

function unavailable(what: string, cause: unknown): JournalUnavailable {
  const why = thrownText(cause);
  return new JournalUnavailable(`${what}: ${why}`, { cause });
}
