import type {
  ClientAnswer,
  InputRequired,
  JsonObject,
  RefusedAsk,
  ServerMessage,
  SuspendedCall,
} from '@sallyport/contracts';
import { type AskingCall, type ClientRequestParts, oneRequest } from './one-request.ts';
import { notAsked } from './reading.ts';
import { errorOf, INTERNAL_ERROR } from './refusal-log.ts';
import { playRound, type Round, takeRound } from './rounds.ts';

export type { AskingCall, ClientRequestParts };

/** What an upstream asks of the client while one call of it runs. */
export interface ClientRequests {
  /** Never rejects. */
  ask(message: ServerMessage): Promise<ClientAnswer>;
  /**
   * What an upstream needs before it goes on, all of it or nothing: one request that is refused ends the round, and the client
   * hears of none.
   *
   * @throws JournalUnavailable; then nobody heard of anything that isn't on record
   */
  round(needs: InputRequired): Promise<Round>;
  /**
   * Records what a client that came back says to the requests of a round, for the upstream where `give` is true.
   *
   * @returns what the upstream is given, by its own names; null where the round was answered before
   * @throws JournalUnavailable; then the upstream is told nothing
   */
  take(
    round: Pick<SuspendedCall, 'requests' | 'askedAt'>,
    responses: JsonObject,
    give: boolean,
  ): Promise<JsonObject | null>;
  /** What was refused so far, each kind once. */
  refused(): readonly RefusedAsk[];
  /** The call is over: nobody is asked any more, and answers that are still to come go nowhere. Never rejects. */
  close(): Promise<void>;
}

/**
 * Guards the way from an upstream to the client of one call: nothing passes that the configuration does not grant; what the
 * client is shown is on record before, and so is its answer before the upstream hears it. Most calls ask nothing, so that
 * nothing is made before the first request.
 */
export function createClientRequests(parts: ClientRequestParts, asking: AskingCall): ClientRequests {
  let opened: ClientRequests | null = null;
  let over = false;
  const open = (): ClientRequests => (opened ??= openRequests(parts, asking));
  return {
    ask: (message) => (over ? Promise.resolve(errorOf(ended)) : open().ask(message)),
    round: (needs) => open().round(needs),
    take: (round, responses, give) => open().take(round, responses, give),
    refused: () => opened?.refused() ?? [],
    async close() {
      over = true;
      await opened?.close();
    },
  };
}

function openRequests(parts: ClientRequestParts, asking: AskingCall): ClientRequests {
  const over = new AbortController();
  const one = oneRequest(parts, asking, over.signal);
  const underWay = new Set<Promise<unknown>>();

  async function handle(message: ServerMessage): Promise<ClientAnswer> {
    const granted = await one.next(message);
    if (granted.kind === 'refused') return errorOf(granted);
    await one.record(granted);
    return one.put(granted);
  }

  return {
    ask(message) {
      const handled = handle(message).catch((error: unknown) => {
        parts.observer.incident('client_request_failed', String(error));
        return failed;
      });
      underWay.add(handled);
      void handled.then(() => underWay.delete(handled));
      return handled;
    },
    round: (needs) => playRound(one, { asking, granted: parts.granted }, needs),
    take: (round, responses, give) => takeRound({ one, clock: parts.clock }, round, { responses, give }),
    refused: () => one.refused(),
    async close() {
      over.abort();
      await Promise.all(underWay);
      await one.close();
    },
  };
}

const ended = notAsked('call_ended', 'The call is over.');
const failed: ClientAnswer = { error: { code: INTERNAL_ERROR, message: 'The request could not be passed on.' } };
