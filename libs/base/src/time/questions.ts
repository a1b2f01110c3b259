import { isObject, type JsonObject, type JsonValue } from '../json/json.ts';
import { LATE, within } from './within.ts';

/** How processes of one kind tell each other something: all of them, or the one that told us something. */
export interface Others {
  tell(text: string, to?: number): void;
  listen(told: (text: string, from: number) => void): void;
}

/** What another one says, and how to ask it once more. */
export interface Said {
  readonly says: JsonObject;
  readonly from: number;
}

/** Asks them, by what they tell each other. */
export interface Questions {
  /** Null where none says anything in time. */
  ask(question: JsonObject, to?: number): Promise<Said | null>;
  /** Has their questions answered here; null by who has nothing to say. */
  answerWith(answer: (question: JsonObject) => JsonObject | null | Promise<JsonObject | null>): void;
}

/** Milliseconds that another one may take to answer. */
const ASKED_MS = 3_000;

/** @param ids names that nobody guesses; what is said to none of ours goes nowhere */
export function createQuestions(
  { tell, listen }: Others,
  ids: { random(bytes: number): string },
  waitMs = ASKED_MS,
): Questions {
  const asked = new Map<string, (said: Said) => void>();
  let answerTo: Parameters<Questions['answerWith']>[0] = () => null;

  async function answer(asks: string, question: JsonObject, to: number): Promise<void> {
    const says = await answerTo(question);
    if (says !== null) tell(JSON.stringify({ asks, says }), to);
  }

  listen((text, from) => {
    const told = JSON.parse(text) as JsonValue;
    if (!isObject(told) || typeof told['asks'] !== 'string') return;
    const { asks, question, says } = told;
    if (isObject(says)) asked.get(asks)?.({ says, from });
    // Who asks is told nothing where it fails here, as where nobody has anything to say.
    if (isObject(question)) answer(asks, question, from).catch(() => undefined);
  });

  return {
    async ask(question, to) {
      const asks = ids.random(16);
      const said = Promise.withResolvers<Said>();
      asked.set(asks, said.resolve);
      tell(JSON.stringify({ asks, question }), to);
      const told = await within(said.promise, waitMs);
      asked.delete(asks);
      return told === LATE ? null : told;
    },
    answerWith: (answered) => void (answerTo = answered),
  };
}
