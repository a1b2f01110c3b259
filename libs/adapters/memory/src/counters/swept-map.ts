/** Keys looked at per sweep: more than one per charge, so that dead keys go faster than new ones come. */
const STEPS = 4;

/**
 * A map that forgets entries bit by bit as it is used. No timer: an idle process has nothing to wake up for, and no
 * single call pays for a large table.
 */
export class SweptMap<Value> {
  readonly #entries = new Map<string, Value>();
  #cursor = this.#entries.entries();

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Value | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: Value): void {
    this.#entries.set(key, value);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** Looks at the next few entries and forgets those that are dead. */
  sweep(isDead: (value: Value) => boolean): void {
    for (let step = 0; step < STEPS; step++) {
      const next = this.#cursor.next();
      if (next.done) {
        this.#cursor = this.#entries.entries();
        return;
      }
      const [key, value] = next.value;
      if (isDead(value)) this.#entries.delete(key);
    }
  }
}
