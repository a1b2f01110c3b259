import { UpstreamUnavailable, type SentCall } from '@sallyport/contracts';
import type { HttpUpstreamParts, JsonObject, Outcome, SendOptions, TargetKind } from '@sallyport/contracts';
import { thrownText } from '@sallyport/base';
import { Runner, type RunnerOptions } from '../duplex/runner.ts';
import { SharedRunners } from '../duplex/shared-runners.ts';
import { shareBounds } from '../share/share-bounds.ts';
import type { ShareKey } from '../share/share-key.ts';
import type { Endpoint } from './endpoint.ts';
import { SseConnection } from './sse-connection.ts';

export interface SseLegOptions extends Pick<
  RunnerOptions,
  'id' | 'clock' | 'log' | 'clientInfo' | 'strayRefused' | 'nextId' | 'onChanged'
> {
  readonly config: HttpUpstreamParts;
  readonly endpoint: Endpoint;
  /** A stream could not be opened: the server may speak another protocol now. */
  onUnopened(): void;
}

/** HTTP+SSE (2024-11-05) over one endpoint: sessions, with a stream for each that shares one. */
export class SseLeg {
  readonly #options: SseLegOptions;
  #sessions: SharedRunners | null = null;
  #closed = false;

  constructor(options: SseLegOptions) {
    this.#options = options;
  }

  /** Our own session; null where the server is not known to speak this. */
  get own(): Runner | null {
    return this.#sessions?.own ?? null;
  }

  /** Sessions of callers that are kept. */
  get size(): number {
    return this.#sessions?.size ?? 0;
  }

  /** Opens our own session, where there is none. @throws UpstreamUnavailable */
  async open(): Promise<void> {
    const sessions = this.#sessions ?? this.#start();
    try {
      await sessions.own.ready();
      if (this.#closed) throw new UpstreamUnavailable('the upstream is closed');
      this.#sessions = sessions;
    } catch (error) {
      // What was no such server before is none.
      if (this.#sessions === null) await sessions.close();
      throw new UpstreamUnavailable(`as a server of HTTP+SSE (2024-11-05): ${thrownText(error)}`);
    }
  }

  /** A call in the session of who shares it. @throws UpstreamUnavailable where there is none; the call is not sent then */
  async send(call: SentCall, options: SendOptions): Promise<Outcome> {
    return this.#known().send(call, options, this.#options.config.share);
  }

  async list(kind: TargetKind): Promise<readonly JsonObject[]> {
    return this.#known().own.list(kind);
  }

  /** The server speaks another protocol now. */
  async leave(): Promise<void> {
    const sessions = this.#sessions;
    this.#sessions = null;
    await sessions?.close();
  }

  /** Ends sessions of callers, each after its last call. */
  async retire(matches: (key: ShareKey) => boolean): Promise<void> {
    await this.#sessions?.retire(matches);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#sessions?.close();
  }

  #known(): SharedRunners {
    if (this.#sessions === null) throw new UpstreamUnavailable('the server speaks another protocol now');
    return this.#sessions;
  }

  #start(): SharedRunners {
    const { config, clock, endpoint, onUnopened, log } = this.#options;
    return new SharedRunners({
      clock,
      log,
      share: config.share,
      granted: config.client_requests,
      perSession: config.share === 'subject',
      bounds: shareBounds(config),
      setting: 'max_sessions',
      start: (how) =>
        new Runner({
          ...this.#options,
          ...how,
          noun: 'server',
          // Until it is known to be such a server, the reason why it is none tells more.
          log: (...said) => void (this.#sessions !== null && log(...said)),
          startMs: config.start_timeout,
          connect: (lines, onEnd) =>
            new SseConnection({ endpoint, lines, maxBytes: config.max_response_bytes, onEnd, onUnopened }),
        }),
    });
  }
}
