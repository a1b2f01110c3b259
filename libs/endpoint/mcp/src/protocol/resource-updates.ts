import type { JsonObject, ResourceListener } from '@sallyport/contracts';
import { messageText } from '@sallyport/mcp';
import type { Reply } from './mcp-request.ts';

/** Another gateway has so long to say that it holds the stream of a client. */
const ANSWERED_MS = 10_000;

/** Where a client is told of its resources: a stream that it holds. */
export type Outlet = Pick<Reply, 'stream' | 'taken'>;

/** A subscription that is being decided: it goes on if it is kept, and is over if it is dropped. */
export interface Proposed {
  readonly listener: ResourceListener;
  keep(): void;
  /** Does nothing where it was kept. */
  drop(): void;
}

/** The other gateways, where the client may hold its stream. */
export interface Elsewhere {
  /** A resource has changed, and no stream is held here. */
  updated(uri: string): void;
  /** No stream was held here for long: who has one says so by `heardElsewhere`. */
  unheard(): void;
}

export interface ResourceUpdatesOptions {
  /** Members of each notification beside the URI. */
  readonly extra?: JsonObject;
  /** Milliseconds without a stream after which nobody is believed to come back for one; never if absent. */
  readonly unheardMs?: number;
  /** Told why one was ended by us. */
  readonly ended?: (uri: string, why: string) => void;
}

/**
 * What one client is subscribed to; URIs are its own words for its resources. At most one notification waits for each: a slow client
 * hears once of what changed many times.
 */
export class ResourceUpdates {
  readonly #options: ResourceUpdatesOptions;
  readonly #kept = new Map<string, AbortController>();
  readonly #waiting = new Set<string>();
  /** The newest one last: a message goes to one stream alone (2025-11-25, Streamable HTTP, multiple connections). */
  readonly #outlets = new Set<Outlet>();
  #unheard: NodeJS.Timeout | undefined;
  #elsewhere: Elsewhere | null = null;
  #isTelling = false;

  constructor(options: ResourceUpdatesOptions = {}) {
    this.#options = options;
  }

  /** How many there are. */
  get size(): number {
    return this.#kept.size;
  }

  /** Whether a stream is held here. */
  get isHeard(): boolean {
    return this.#outlets.size > 0;
  }

  has(uri: string): boolean {
    return this.#kept.has(uri);
  }

  /** From now on other gateways are told what can't be told here. */
  passTo(elsewhere: Elsewhere): void {
    this.#elsewhere = elsewhere;
  }

  /** Another gateway, where the client is subscribed, has heard of a change: it is told where a stream is held. */
  passedOn(uri: string): void {
    if (this.isHeard) this.#updated(uri);
  }

  /** Another gateway holds the client's stream. */
  heardElsewhere(): void {
    this.#endIfUnheard();
  }

  propose(uri: string): Proposed {
    const stop = new AbortController();
    const { signal } = stop;
    return {
      listener: {
        signal,
        updated: () => void (!signal.aborted && this.#updated(uri)),
        ended: (why) => void (!signal.aborted && this.#ended(uri, stop, why)),
      },
      keep: () => void (!signal.aborted && this.#keep(uri, stop)),
      drop: () => void (this.#kept.get(uri) !== stop && this.#dropped(uri, stop)),
    };
  }

  /** Ends one; nothing where there is none. */
  end(uri: string): void {
    this.#waiting.delete(uri);
    this.#kept.get(uri)?.abort();
    this.#kept.delete(uri);
  }

  endAll(): void {
    clearTimeout(this.#unheard);
    for (const uri of [...this.#kept.keys()]) this.end(uri);
  }

  /** Tells on a stream what is told from now on, and what was to tell while there was none; until the signal aborts. */
  tellOn(outlet: Outlet, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#outlets.add(outlet);
    clearTimeout(this.#unheard);
    const left = (): void => {
      this.#outlets.delete(outlet);
      this.#endIfUnheard();
    };
    signal.addEventListener('abort', left, { once: true });
    void this.#tell();
  }

  #updated(uri: string): void {
    this.#waiting.add(uri);
    if (this.isHeard) void this.#tell();
    else this.#elsewhere?.updated(uri);
  }

  #ended(uri: string, stop: AbortController, why: string): void {
    if (this.#kept.get(uri) === stop) this.end(uri);
    stop.abort();
    this.#options.ended?.(uri, why);
  }

  #dropped(uri: string, stop: AbortController): void {
    if (!this.#kept.has(uri)) this.#waiting.delete(uri);
    stop.abort();
  }

  /** Takes the place of the one before. */
  #keep(uri: string, stop: AbortController): void {
    this.#kept.get(uri)?.abort();
    this.#kept.set(uri, stop);
    this.#endIfUnheard();
  }

  async #tell(): Promise<void> {
    if (this.#isTelling) return;
    this.#isTelling = true;
    const newest = (): Outlet | undefined => [...this.#outlets].at(-1);
    for (let outlet = newest(); outlet !== undefined && this.#waiting.size > 0; outlet = newest()) {
      await outlet.taken();
      const [uri] = this.#waiting;
      if (uri === undefined || !this.#outlets.has(outlet)) continue;
      this.#waiting.delete(uri);
      const params = { uri, ...this.#options.extra };
      outlet.stream(messageText('notifications/resources/updated', params), false);
    }
    this.#isTelling = false;
  }

  /** Who holds no stream for long is gone, or does not want to hear. */
  #endIfUnheard(): void {
    const { unheardMs } = this.#options;
    clearTimeout(this.#unheard);
    if (unheardMs === undefined || this.isHeard || this.size === 0) return;
    this.#unheard = setTimeout(() => this.#lookElsewhere(), unheardMs).unref();
  }

  #lookElsewhere(): void {
    if (this.#elsewhere === null) return this.endAll();
    this.#unheard = setTimeout(() => this.endAll(), ANSWERED_MS).unref();
    this.#elsewhere.unheard();
  }
}
