import { inTime } from './deadline.ts';
import { type BusLog, TIMES } from './kafka-options.ts';

/** Whether the broker is there. */
export interface Health {
  healthy(): boolean;
  /** A request was answered, or was not. */
  heard(ok: boolean): void;
  stop(): void;
}

/**
 * Asks the broker every 2 s, so that an outage and its end are noticed while nothing is sent.
 *
 * @param ping Resolves when the broker has answered, rejects when it has not.
 * @param log Told when the broker goes away or comes back.
 */
export function watchHealth(ping: () => Promise<unknown>, log: BusLog): Health {
  let healthy = true;
  let asking = false;
  let stopped = false;

  function heard(ok: boolean): void {
    if (ok === healthy || stopped) return;
    healthy = ok;
    log(ok ? 'info' : 'warn', ok ? 'the broker is back' : 'the broker is away', {});
  }

  async function ask(): Promise<void> {
    if (asking) return;
    asking = true;
    try {
      await inTime(TIMES.send, 'ping', ping());
      heard(true);
    } catch {
      heard(false);
    } finally {
      asking = false;
    }
  }

  const timer = setInterval(() => void ask(), TIMES.ping).unref();
  return {
    healthy: () => healthy && !stopped,
    heard,
    stop() {
      stopped = true;
      clearInterval(timer);
    },
  };
}
