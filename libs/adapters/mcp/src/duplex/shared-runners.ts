import type { ClientRequestsConfig, Clock, Outcome, SendOptions, Share, SentCall } from '@sallyport/contracts';
import type { UpstreamLog } from '../bounded-log.ts';
import { everythingGranted } from '../share/granted-capabilities.ts';
import { sessionOf } from '../share/session-of.ts';
import type { ShareBounds } from '../share/share-bounds.ts';
import type { ShareKey } from '../share/share-key.ts';
import { PoolFull, SharePool } from '../share/share-pool.ts';
import { failed } from '../wire/read-outcome.ts';
import type { Runner, RunnerOptions } from './runner.ts';

export interface SharedRunnersOptions {
  readonly clock: Clock;
  readonly log: UpstreamLog;
  readonly share: Share | undefined;
  readonly granted: ClientRequestsConfig | undefined;
  /** Whether each session of a client has one alone, also where the client is asked nothing. */
  readonly perSession: boolean;
  readonly bounds: ShareBounds;
  /** Which setting says how many there may be. */
  readonly setting: 'max_sessions' | 'max_programs';
  start(options: Pick<RunnerOptions, 'restart' | 'capabilities' | 'isOfOneClient'>): Runner;
}

/**
 * One connection that is started at once, for lists and lookups of ours, and where `share` is `all` for the calls, too. For
 * `subject` and `tenant` each has one of its own, started at its first call and ended when idle, and within that one for each
 * client that the upstream may ask.
 */
export class SharedRunners {
  /** The one of ours. */
  readonly own: Runner;
  readonly #options: SharedRunnersOptions;
  readonly #shared: SharePool<Runner>;

  constructor(options: SharedRunnersOptions) {
    const { clock, log, bounds, share, granted } = options;
    this.#options = options;
    // Calls of several clients never get one that may ask.
    const isOursAlone = share === 'subject' || share === 'tenant';
    this.own = options.start({ restart: 'by_itself', capabilities: isOursAlone ? everythingGranted(granted) : {} });
    this.#shared = new SharePool({ clock, bounds, log, end: (runner): Promise<void> => runner.close() });
  }

  /** Those of callers that are kept. */
  get size(): number {
    return this.#shared.size;
  }

  /** A call in the connection of who shares it. Never throws. */
  async send(call: SentCall, options: SendOptions, share: Share): Promise<Outcome> {
    const { granted, perSession, setting, start } = this.#options;
    const { key, capabilities, isAskable, isOfOneClient } = sessionOf(options, { share, granted, perSession });
    if (key === null || (share === 'all' && !isAskable)) return this.own.send(call, options);
    try {
      const open = (): Runner => start({ restart: 'by_call', capabilities, isOfOneClient: isOfOneClient && isAskable });
      return await this.#shared.runOn(key, open, (runner) => runner.send(call, options), options.listener?.signal);
    } catch (error) {
      if (!(error instanceof PoolFull)) throw error;
      return failed('upstream_full', false, error.why(setting));
    }
  }

  /** Ends those of callers that match, each after its last call. */
  retire(matches: (key: ShareKey) => boolean): Promise<void> {
    return this.#shared.retire(matches);
  }

  async close(): Promise<void> {
    await Promise.all([this.own.close(), this.#shared.close()]);
  }
}
