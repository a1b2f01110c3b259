import type { Clock, JsonObject } from '@sallyport/contracts';
import type { UpstreamLog } from '../bounded-log.ts';
import type { OnBehalf } from '../auth/token-sources.ts';
import type { Greeting } from '../wire/initialize.ts';
import type { ShareBounds } from '../share/share-bounds.ts';
import type { ShareKey } from '../share/share-key.ts';
import { SharePool } from '../share/share-pool.ts';

/** A session at a legacy upstream. `id` is null where the upstream keeps none. */
export interface LegacySession extends Greeting {
  readonly id: string | null;
  /** The revision that `initialize` settled on. */
  readonly version: string;
  /** Monotonic, milliseconds: when the upstream last answered in it. */
  heardAt: number;
  /** The token of the caller's last request, where callers have their own. */
  onBehalf: OnBehalf;
}

/** Whose session it is to be. */
export interface OpenedFor {
  readonly capabilities: JsonObject;
  readonly onBehalf?: OnBehalf;
}

export interface LegacySessionsOptions {
  readonly clock: Clock;
  readonly log: UpstreamLog;
  /** Does the handshake; throws when it fails. */
  open(opened: OpenedFor): Promise<LegacySession>;
  /** Tells the upstream that a session is over. */
  end(session: LegacySession): Promise<void>;
  /** Of sessions of callers. */
  readonly bounds: ShareBounds;
}

export type Opening = Promise<LegacySession>;

const ours: ShareKey = { text: 'own', tenant: null, session: null, holder: 'own' };

/** Upstream sessions: one for each that shares one, and one of our own for lists and lookups that no caller's calls get. */
export class LegacySessions {
  readonly #options: LegacySessionsOptions;
  readonly #own: SharePool<Opening>;
  readonly #shared: SharePool<Opening>;
  #closing = false;

  constructor(options: LegacySessionsOptions) {
    const { clock, log, bounds } = options;
    const end = (opening: Opening): Promise<void> =>
      this.#settled(opening).then(
        (session) => (session === null ? undefined : options.end(session)),
        () => undefined,
      );
    this.#options = options;
    this.#own = new SharePool({ clock, log, bounds: { ...bounds, max: 1 }, end });
    this.#shared = new SharePool({ clock, log, bounds, end });
  }

  /** Sessions of callers that are kept. */
  get size(): number {
    return this.#shared.size;
  }

  /** Runs `use` in the session of the key, null for our own. @throws PoolFull */
  run<T>(key: ShareKey | null, opened: OpenedFor, use: (opening: Opening) => Promise<T>): Promise<T> {
    const [pool, at] = key === null ? [this.#own, ours] : [this.#shared, key];
    return pool.run(
      at,
      () => {
        const opening = this.#options.open(opened);
        opening.catch(() => pool.drop(at, opening));
        return opening;
      },
      use,
    );
  }

  /** Leaves a session that seems to be over to the calls that run in it; the next one opens another. */
  leave(key: ShareKey | null, opening: Opening): void {
    // Our own has a stream that runs for as long as it is offered.
    if (key === null) this.#own.drop(ours, opening);
    else this.#shared.leave(key, opening);
  }

  /** Ends sessions of callers, each after its last call. */
  retire(matches: (key: ShareKey) => boolean): Promise<void> {
    return this.#shared.retire(matches);
  }

  /** Ends all sessions. One that is being opened is not waited for. */
  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all([this.#own.close(), this.#shared.close()]);
  }

  /** The session; null where all end before it is open. */
  #settled(opening: Opening): Promise<LegacySession | null> {
    return this.#closing ? Promise.race([opening, null]) : opening;
  }
}
