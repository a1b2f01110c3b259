import type { Clock } from '@sallyport/contracts';

const firstMs = 60_000;
const mostMs = 3_600_000;

/** A text that comes again and again: worth telling when it is another, and then ever less often. */
export class RepeatedText {
  readonly #clock: Pick<Clock, 'monotonic'>;
  #text: string | null = null;
  #pauseMs = firstMs;
  #againAt = 0;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Whether to tell it now: at once, after a minute, after two more, and so on up to once in an hour. */
  isNews(text: string): boolean {
    const now = this.#clock.monotonic();
    if (text !== this.#text) this.#pauseMs = firstMs;
    else if (now < this.#againAt) return false;
    else this.#pauseMs = Math.min(mostMs, this.#pauseMs * 2);
    this.#text = text;
    this.#againAt = now + this.#pauseMs;
    return true;
  }

  /** It is over. @returns whether there was any */
  clear(): boolean {
    const was = this.#text !== null;
    this.#text = null;
    return was;
  }
}
