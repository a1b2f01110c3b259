/**
 * A map that holds no more than so many entries: what was set longest ago is forgotten for what is new. Setting a key again
 * makes it the newest; reading it does not.
 */
export class BoundedMap<Key, Value> extends Map<Key, Value> {
  readonly #most: number;
  readonly #forgotten: (value: Value, key: Key) => void;

  /** @param forgotten told of each entry that had to go */
  constructor(most: number, forgotten: (value: Value, key: Key) => void = () => undefined) {
    super();
    this.#most = most;
    this.#forgotten = forgotten;
  }

  override set(key: Key, value: Value): this {
    this.delete(key);
    super.set(key, value);
    if (this.size > this.#most) this.#forget();
    return this;
  }

  #forget(): void {
    const [oldest] = this;
    if (oldest === undefined) return;
    this.delete(oldest[0]);
    this.#forgotten(oldest[1], oldest[0]);
  }
}
