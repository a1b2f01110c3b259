import type { UpstreamLog } from '../bounded-log.ts';

/** Who wants to hear that the tools have changed. What a listener throws is logged, and never ends a connection. */
export class ChangeListeners {
  readonly #log: UpstreamLog;
  readonly #listeners = new Set<() => void>();

  constructor(log: UpstreamLog) {
    this.#log = log;
  }

  add(listener: () => void): void {
    this.#listeners.add(listener);
  }

  tell(): void {
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch (error) {
        this.#log('error', 'listener for changed tools failed', { error: String(error).slice(0, 300) });
      }
    }
  }
}
