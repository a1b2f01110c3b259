import type { DynamicModule } from '@nestjs/common';
import { type Logger, type RunningService, startService } from '@sallyport/service';
import type { LoadedConfig } from '../config.ts';

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
  readonly module: DynamicModule;
  readonly loaded: LoadedConfig;
  readonly logger: Logger;
  readonly start: Pick<ServiceStart, 'listen' | 'signals'>;
  /** Lets go of everything that the station holds. */
  readonly close: () => Promise<void>;
}

/**
 * Starts a station's program and its doors for health and metrics; what it holds is let go when it can't.
 *
 * @throws ListenError
 */
export async function startStation({ module, loaded, logger, start, close }: Starting): Promise<RunningService> {
  try {
    return await startService({
      module,
      listen: start.listen ?? loaded.config.listen,
      logger,
      onShutdown: [{ name: 'connections', stage: 'release', run: close }],
      ...(start.signals === false ? { signals: false } : {}),
    });
  } catch (error) {
    await close();
    throw error;
  }
}
