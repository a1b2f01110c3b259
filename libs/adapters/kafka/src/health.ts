/** Whether the broker is there. */
export interface Health {
  healthy(): boolean;
  /** A request was answered, or was not. */
  heard(ok: boolean): void;
  stop(): void;
}

/**
 * Asks the broker now and then, so that an outage and its end are noticed while nothing is sent.
 *
 * @param everyMs Milliseconds between two questions.
 * @param ping Resolves when the broker has answered, rejects when it has not in good time.
 * @param changed Told when the broker goes away or comes back.
 */
export function watchHealth(everyMs: number, ping: () => Promise<unknown>, changed: (ok: boolean) => void): Health {
  let healthy = true;
  let asking = false;

  function heard(ok: boolean): void {
    if (ok === healthy) return;
    healthy = ok;
    changed(ok);
  }

  async function ask(): Promise<void> {
    if (asking) return;
    asking = true;
    try {
      await ping();
      heard(true);
    } catch {
      heard(false);
    } finally {
      asking = false;
    }
  }

  const timer = setInterval(() => void ask(), everyMs).unref();
  return { healthy: () => healthy, heard, stop: () => clearInterval(timer) };
}
