import type { Observer } from '@sallyport/contracts';

/**
 * One observer that tells many. A part that throws is left out of nothing but its own line: the others are told, and
 * the call goes on.
 */
export function observeAll(observers: readonly Observer[]): Observer {
  function each(tell: (observer: Observer) => void): void {
    for (const observer of observers) {
      try {
        tell(observer);
      } catch {
        // Watching must never change what is watched.
      }
    }
  }
  return {
    decided: (call, decision, elapsedUs) => each((observer) => observer.decided(call, decision, elapsedUs)),
    finished: (call, outcome, elapsedUs) => each((observer) => observer.finished(call, outcome, elapsedUs)),
    incident: (name, detail) => each((observer) => observer.incident(name, detail)),
    measured: (measure, part, value) => each((observer) => observer.measured?.(measure, part, value)),
    watched: (depth, read) => each((observer) => observer.watched?.(depth, read)),
  };
}
