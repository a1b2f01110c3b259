/** What was seen lately, in bounded memory: at least the last `most` names, at most twice as many. */
export class Seen {
  readonly #most: number;
  #young = new Set<string>();
  #old = new Set<string>();

  constructor(most = 20_000) {
    this.#most = most;
  }

  /** Remembers a name. False where it was there already. */
  add(name: string): boolean {
    if (this.#young.has(name) || this.#old.has(name)) return false;
    if (this.#young.size >= this.#most) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(name);
    return true;
  }
}
