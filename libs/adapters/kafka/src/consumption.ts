import { beside } from '@sallyport/base';
import type { Subscription } from '@sallyport/contracts';
import { inTime, pause } from './deadline.ts';
import { type BusLog, TIMES } from './kafka-options.ts';
import type { Position, Progress } from './partition-progress.ts';

/** Attempts to begin. A broker that has just started takes some seconds until it answers for its groups. */
const ATTEMPTS = 10;

/** One membership of a group, by whichever library. */
export interface Member {
  commit(positions: readonly Position[]): Promise<unknown>;
  /** Leaves the group, so that its partitions go to the others at once. */
  leave(): Promise<unknown>;
}

export interface ConsumptionOptions {
  readonly topic: string;
  readonly progress: Progress;
  /** Whether what is finished is committed. */
  readonly commits: boolean;
  readonly log: BusLog;
  /**
   * Joins, and resolves when messages flow into `progress`. Rejects and leaves nothing behind if that fails; calls
   * `failed` if a membership that began can't go on.
   */
  readonly join: (failed: (error: unknown) => void) => Promise<Member>;
}

/**
 * A consumption that goes on, whatever its library gives up.
 *
 * @throws BusUnavailable if it has not begun in 30 s.
 */
export async function openConsumption(options: ConsumptionOptions): Promise<Subscription> {
  const consumption = new Consumption(options);
  try {
    await inTime(TIMES.join, `consume ${options.topic}`, consumption.start());
    return consumption;
  } catch (error) {
    beside(
      () => consumption.stop(),
      (why) => options.log('warn', 'consumer that did not begin could not stop', { topic: options.topic, error: why }),
    );
    throw error;
  }
}

/** A join that never ends would keep this consumption from trying again; one that ends later is left. */
async function joinedInTime(
  { topic, log }: Pick<ConsumptionOptions, 'topic' | 'log'>,
  joining: Promise<Member>,
): Promise<Member> {
  const leave = async (): Promise<unknown> => (await joining.catch(() => null))?.leave();
  try {
    return await inTime(TIMES.join, `join for ${topic}`, joining);
  } catch (error) {
    beside(leave, (why) => log('warn', 'consumer that joined too late could not leave', { topic, error: why }));
    throw error;
  }
}

class Consumption implements Subscription {
  readonly #options: ConsumptionOptions;
  #member: Member | undefined;
  #timer: NodeJS.Timeout | undefined;
  #committing: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: ConsumptionOptions) {
    this.#options = options;
  }

  partitions(): readonly number[] {
    return this.#options.progress.mine;
  }

  /** Resolves when the group's places, and thus this consumption's beginning, are on record. */
  async start(): Promise<void> {
    await this.#begin(ATTEMPTS);
    if (!this.#options.commits) return;
    await this.#commit('finished');
    this.#timer = setInterval(() => this.#commitLater(), TIMES.commit).unref();
  }

  async #begin(attempts: number): Promise<void> {
    const { log, topic, join } = this.#options;
    for (let left = attempts; !this.#stopping; left--) {
      try {
        await this.#joined(
          await joinedInTime(
            { topic, log },
            join((error) => this.#againBeside(error)),
          ),
        );
        return;
      } catch (error) {
        if (left <= 1) throw error;
        log('warn', 'consumer could not start, retrying', { topic, error: String(error) });
        await pause(TIMES.restart);
      }
    }
  }

  /** A stop that came while it joined has not seen the member. */
  async #joined(member: Member): Promise<void> {
    if (this.#stopping) await member.leave();
    else this.#member = member;
  }

  #againBeside(error: unknown): void {
    const { log, topic } = this.#options;
    beside(
      () => this.#again(error),
      (why) => log('warn', 'consumer could not restart', { topic, error: why }),
    );
  }

  async #again(error: unknown): Promise<void> {
    const { log, topic } = this.#options;
    if (this.#stopping) return;
    log('warn', 'consumer failed, restarting', { topic, error: String(error) });
    const failed = this.#member;
    this.#member = undefined;
    await inTime(TIMES.leave, 'leave', failed?.leave() ?? Promise.resolve()).catch(() => undefined);
    await pause(TIMES.restart);
    await this.#begin(Infinity);
  }

  #commitLater(): void {
    this.#committing ??= this.#commit('finished')
      .catch((error) => this.#options.log('warn', 'offset commit failed', { error: String(error) }))
      .finally(() => (this.#committing = undefined));
  }

  async #commit(upTo: 'finished' | 'taken', mine = this.partitions()): Promise<void> {
    const { progress } = this.#options;
    const positions = progress.positions(upTo, mine);
    if (positions.length === 0 || !this.#member) return;
    await this.#member.commit(positions);
    progress.committed(positions);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#leave();
    return this.#stopping;
  }

  /** What was taken will be finished here, so it is committed at once, and the group need not wait for the work. */
  async #leave(): Promise<void> {
    const { progress, commits, log } = this.#options;
    const mine = this.partitions();
    progress.shut();
    clearInterval(this.#timer);
    const goodbye = async () => {
      await this.#committing;
      if (commits) await this.#commit('taken', mine);
    };
    const complain = (error: unknown) =>
      log('warn', 'consumer could not leave its group cleanly', { error: String(error) });
    await inTime(TIMES.leave, 'commit', goodbye()).catch(complain);
    await inTime(TIMES.leave, 'leave', this.#member?.leave() ?? Promise.resolve()).catch(complain);
    await progress.settled();
  }
}
