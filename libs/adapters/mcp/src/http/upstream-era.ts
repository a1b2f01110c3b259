import { UpstreamUnavailable } from '@sallyport/contracts';
import type { Clock, JsonObject } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { answerAmong, type Era, errorCodes, MODERN, ownId, parseMessages } from '@sallyport/mcp';
import { statusText } from './http-answer.ts';
import type { Reply } from './exchange.ts';

/** A legacy verdict is asked again after an hour: when a server moves on, a stale one fails in silence. */
const LEGACY_VERDICT_MS = 3_600_000;

/** How an upstream is spoken to: `sse` is HTTP+SSE of 2024-11-05, which is legacy, too. */
export type UpstreamEra = Era | 'sse';

/** Remembers which protocol an upstream speaks, and since when. */
export class EraVerdict {
  readonly #clock: Clock;
  readonly #probe: () => Promise<UpstreamEra>;
  #era: UpstreamEra | null = null;
  #at = 0;
  #pending: Promise<UpstreamEra> | null = null;

  /** `probe` asks the upstream; it throws `UpstreamUnavailable` when no answer settles it. */
  constructor(clock: Clock, probe: () => Promise<UpstreamEra>) {
    this.#clock = clock;
    this.#probe = probe;
  }

  /** The verdict where there is a fresh one, without waiting. */
  known(): UpstreamEra | null {
    const stale = this.#era !== 'modern' && this.#clock.monotonic() - this.#at > LEGACY_VERDICT_MS;
    return stale ? null : this.#era;
  }

  /** The verdict, asked for where there is none. Callers that come together share one probe. */
  async settle(): Promise<UpstreamEra> {
    const known = this.known();
    if (known !== null) return known;
    this.#pending ??= this.#ask();
    return this.#pending;
  }

  /** The upstream's behaviour contradicts the verdict: it is asked again before the next call. */
  forget(): void {
    this.#era = null;
  }

  async #ask(): Promise<UpstreamEra> {
    try {
      this.#era = await this.#probe();
      this.#at = this.#clock.monotonic();
      return this.#era;
    } finally {
      this.#pending = null;
    }
  }
}

/**
 * True for answers that say that nothing is POSTed here, as those of HTTP+SSE of 2024-11-05 are (2025-03-26, transports,
 * backwards compatibility). Who answers 400 in JSON-RPC has read the message.
 */
export function takesNoPosts(reply: Reply): boolean {
  if (reply.kind !== 'whole') return false;
  const { status, body } = reply;
  return status === 404 || status === 405 || (status === 400 && !parseMessages(body).some(isJsonRpc));
}

function isJsonRpc({ jsonrpc }: JsonObject): boolean {
  return jsonrpc === '2.0';
}

/** What an answer to `server/discover` says. */
export interface Discovered {
  readonly era: Era;
  /** The result; empty where there was none. */
  readonly said: JsonObject;
}

/**
 * Reads the answer to `server/discover`. A server that names our version is modern, also where it does so in a refusal. One
 * that can't be reached, fails or refuses our credential says nothing about its era: that throws `UpstreamUnavailable`. Any
 * other is legacy.
 */
export function discovered(reply: Reply, id: number): Discovered {
  if (reply.kind === 'failed') {
    if (reply.reason === 'upstream_down') throw new UpstreamUnavailable(reply.detail);
    // Some legacy servers keep silent, or speak before they were initialised; the handshake will tell.
    return { era: 'legacy', said: {} };
  }
  if (reply.kind === 'whole' && tellsNothing(reply.status)) {
    throw new UpstreamUnavailable(
      `the upstream answered server/discover with ${statusText(reply.status, reply.headers)}`,
    );
  }
  const message = reply.kind === 'message' ? reply.message : answerAmong(parseMessages(reply.body), id);
  const isModern = message !== undefined && ownId(message['id']) === id && namesOurVersion(message);
  return isModern
    ? { era: 'modern', said: isObject(message['result']) ? (message['result'] as JsonObject) : {} }
    : { era: 'legacy', said: {} };
}

function namesOurVersion({ result, error }: JsonObject): boolean {
  const refusal = isObject(error) && error['code'] === errorCodes.unsupportedVersion ? error['data'] : undefined;
  const versions = isObject(result) ? result['supportedVersions'] : isObject(refusal) && refusal['supported'];
  return Array.isArray(versions) && versions.includes(MODERN);
}

function tellsNothing(status: number): boolean {
  return status === 401 || status === 403 || status === 429 || status >= 500 || (status >= 300 && status < 400);
}
