import { type Logger, type RunningService, startService } from '@sallyport/service';
import { CorridorStationModule, type CorridorStationOptions } from '@sallyport/station-corridor';
import { Opened } from './opened.ts';

export type { RunningService } from '@sallyport/service';

/** How a service's program is started. */
export interface ServiceStart {
  /** The configuration file; `sallyport.yaml` if absent. */
  readonly config?: string | undefined;
  readonly logger?: Logger;
  /** Instead of the configured `listen`: where health and metrics are served. */
  readonly listen?: string | undefined;
  /** False when whoever called stops the service. */
  readonly signals?: boolean;
}

interface Starting {
  /** The configured address. */
  readonly listen: string;
  readonly logger: Logger;
  readonly start: Pick<ServiceStart, 'listen' | 'signals'>;
  /** Opens what the station needs; what is kept is let go at the end. */
  readonly furnish: (opened: Opened) => Promise<CorridorStationOptions>;
}

/**
 * Starts a station's program and its doors for health and metrics; whatever was opened is let go when that fails.
 *
 * @throws ListenError, and what `furnish` throws
 */
export async function startStation({ listen, logger, start, furnish }: Starting): Promise<RunningService> {
  const opened = new Opened();
  try {
    return await startService({
      module: CorridorStationModule.register(await furnish(opened)),
      listen: start.listen ?? listen,
      logger,
      onShutdown: [{ name: 'connections', stage: 'release', run: () => opened.close() }],
      ...(start.signals === false ? { signals: false } : {}),
    });
  } catch (error) {
    await opened.close();
    throw error;
  }
}
