import type { Config } from '@sallyport/contracts';
import {
  type Logger,
  type RunningService,
  type ServiceOptions,
  startService,
  TransportStationModule,
  type TransportStationOptions,
} from '@sallyport/service';

export type { RunningService } from '@sallyport/service';

/** How a service's program is started. */
export interface ServiceStart {
  /** The configuration file; `sallyport.yaml` if absent. */
  readonly config?: string | undefined;
  readonly logger?: Logger;
  /** Instead of the configured `listen`: where health and metrics are served. */
  readonly listen?: string | undefined;
  /** False when the caller stops the service. */
  readonly signals?: boolean;
}

interface Starting {
  /** The configured address, by which names it is known, and what a client there may cost. */
  readonly config: Pick<Config, 'listen'> & ServiceOptions['config'];
  readonly logger: Logger;
  readonly start: Pick<ServiceStart, 'listen' | 'signals'>;
  /** Opens what the station needs; what is deferred is let go at the end, the last first. */
  readonly prepare: (opened: AsyncDisposableStack) => Promise<TransportStationOptions>;
}

/**
 * Starts a station's program and its endpoints for health and metrics; whatever was opened is let go when that fails.
 *
 * @throws ListenError, and what `prepare` throws
 */
export async function startStation({ config, logger, start, prepare }: Starting): Promise<RunningService> {
  const opened = new AsyncDisposableStack();
  try {
    return await startService({
      module: TransportStationModule.register(await prepare(opened)),
      listen: start.listen ?? config.listen,
      config,
      logger,
      onShutdown: [{ name: 'connections', stage: 'release', run: () => opened.disposeAsync() }],
      ...(start.signals === false ? { signals: false } : {}),
    });
  } catch (error) {
    // What failed first is what is told.
    await opened.disposeAsync().catch(() => undefined);
    throw error;
  }
}
