import type { Answer, Call, ClientContext, Clock, Ids, JsonObject, OtherGateways } from '@sallyport/contracts';
import { createQuestions, isObject, parseExact, within } from '@sallyport/base';
import { KEPT_MS, type Parking, type Told } from './parking.ts';

/** What the client of a parked call says, and in which round. */
export interface Back {
  readonly round: number;
  readonly responses: JsonObject;
  readonly around: ClientContext;
}

/** The calls that wait for their clients at other gateways. */
export interface Elsewhere {
  /**
   * The client is back, here: hands over what it says to the gateway that has the call, and gives what comes of it.
   *
   * @returns null where it was not told that round, or is back already; `gone` where no gateway (any more) speaks of the call
   */
  back(call: Call, back: Back): Promise<Answer | Told | 'gone' | null>;
}

export interface ElsewhereParts {
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: Pick<Ids, 'random'>;
  readonly parking: Parking;
  /** Of this gateway. */
  readonly boot: string;
  readonly others?: OtherGateways | undefined;
}

/** Milliseconds that a gateway waits for the end of a call before it says that there is none yet. */
const LOOK_MS = 1_000;
/** A client whose gateway does not look for so long, in milliseconds, is gone. */
const GONE_MS = 6_000;
/** Characters of an answer that one gateway tells another at once. */
const MOST_TOLD = 262_144;

/** Finds them by asking, and has others find those of this gateway. */
export function createElsewhere({ clock, ids, parking, boot, others }: ElsewhereParts): Elsewhere {
  if (others === undefined) return { back: () => Promise.resolve('gone') };
  const questions = createQuestions(others, ids);
  questions.answerWith(createHeld(parking));

  async function back(call: Call, { round, responses, around }: Back): Promise<Answer | Told | 'gone' | null> {
    const { tenant, callId, digest, gateway, deadline } = call;
    if (gateway.boot === boot) return 'gone';
    const by = ids.random(16);
    let said = await questions.ask({ by, parked: { tenant, callId, digest, round, responses } });
    let text = '';
    while (said !== null && clock.now() < deadline + KEPT_MS) {
      const { says, from } = said;
      if (says['taken'] === false) return null;
      text += String(says['text']);
      if (says['isOver'] === true) return answerIn(text);
      said = await questions.ask({ by, at: text.length, isGone: around.signal.aborted }, from);
    }
    return 'gone';
  }

  return { back };
}

/** What a gateway of ours said, whose numbers stay as they were written. */
function answerIn(text: string): Answer | Told {
  const answer: unknown = parseExact(text);
  return answer as Answer | Told;
}

/** What comes of a call for a client that is at another gateway. */
interface Held {
  readonly text: Promise<string>;
  readonly client: AbortController;
  timer?: NodeJS.Timeout;
}

/** Answers other gateways. What a client says counts once, whichever gateway it says it to: a round has one end, here. */
function createHeld(parking: Parking): (question: JsonObject) => Promise<JsonObject | null> {
  const held = new Map<string, Held>();

  /** Null where nothing is parked so, false where the client may not say that now. */
  function take(by: string, parked: JsonObject): Held | null | false {
    const { tenant, callId, digest, round, responses } = parked;
    const found = parking.find({ tenant: String(tenant), callId: String(callId) });
    if (found === undefined) return null;
    if (found.digest !== digest || !isObject(responses)) return false;
    const client = new AbortController();
    const { signal } = client;
    const around = { signal, progressToken: null, notify: () => undefined, ask: null, comesBack: true };
    const end = found.back(Number(round), responses, around);
    if (end === null) return false;
    const taken = { client, text: end.then((answer) => JSON.stringify(answer)) };
    held.set(by, taken);
    return taken;
  }

  /** Its gateway looks: until it does so no more, the client is there. */
  function seen(by: string, one: Held): void {
    clearTimeout(one.timer);
    one.timer = setTimeout(() => {
      one.client.abort();
      held.delete(by);
    }, GONE_MS).unref();
  }

  return async ({ by, at = 0, parked, isGone }) => {
    if (typeof by !== 'string') return null;
    const one = held.get(by) ?? (isObject(parked) ? take(by, parked) : null);
    if (one === null) return null;
    if (one === false) return { taken: false };
    seen(by, one);
    if (isGone === true) one.client.abort();
    const text = await within(one.text, LOOK_MS);
    if (typeof text !== 'string') return { text: '', isOver: false };
    const end = Number(at) + MOST_TOLD;
    return { text: text.slice(Number(at), end), isOver: end >= text.length };
  };
}
