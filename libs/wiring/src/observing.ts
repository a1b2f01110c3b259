import type { Observer } from '@sallyport/contracts';
import { createLogObserver, type Logger, observeAll, startTracing } from '@sallyport/service';
import { environment } from '@sallyport/config';

/** Everybody who is told of what happens: the given ones, log and, where the environment asks for them, traces. */
export async function observing(
  given: readonly Observer[],
  logger: Logger,
): Promise<{ readonly observer: Observer; /** Sends the traces that are left. */ shutdown(): Promise<void> }> {
  const tracing = await startTracing({ env: environment(), logger });
  const observers = [...given, createLogObserver(logger), ...(tracing === null ? [] : [tracing.observer])];
  return { observer: observeAll(observers), shutdown: async () => tracing?.shutdown() };
}
