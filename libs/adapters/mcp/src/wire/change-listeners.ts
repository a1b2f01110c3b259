import { type TargetKind, targetKinds } from '@sallyport/contracts';
import type { UpstreamLog } from '../bounded-log.ts';

/** Who wants to hear which lists have changed. What a listener throws is logged, and never ends a connection. */
export class ChangeListeners {
  readonly #log: UpstreamLog;
  readonly #listeners = new Set<(kind: TargetKind) => void>();

  constructor(log: UpstreamLog) {
    this.#log = log;
  }

  add(listener: (kind: TargetKind) => void): void {
    this.#listeners.add(listener);
  }

  /** Tells that the lists of these kinds have changed; of all where it is not known which. */
  tell(kinds: readonly TargetKind[] = targetKinds): void {
    for (const listener of this.#listeners) for (const kind of kinds) this.#tell(listener, kind);
  }

  #tell(listener: (kind: TargetKind) => void, kind: TargetKind): void {
    try {
      listener(kind);
    } catch (error) {
      this.#log('error', 'listener for changed lists failed', { kind, error: String(error).slice(0, 300) });
    }
  }
}
