import { type DynamicModule, Module } from '@nestjs/common';
import { type HealthCheck, type HealthChecks, HealthModule, type Metrics, MetricsModule } from '@sallyport/service';
import { CORRIDOR_END, type CorridorEnd } from './corridor-end.ts';
import { CorridorStation } from './corridor-station.ts';

export interface CorridorStationOptions {
  /** Opens the station's end when the application is put together. */
  readonly open: () => Promise<CorridorEnd>;
  readonly metrics: Metrics;
  /** What readiness asks beside the corridor. */
  readonly checks: HealthChecks;
}

/** One station of the corridor as a NestJS application: its handler, `/livez`, `/readyz` and `/metrics`. */
@Module({})
export class CorridorStationModule {
  static register({ open, metrics, checks }: CorridorStationOptions): DynamicModule {
    let end: CorridorEnd | null = null;
    return {
      module: CorridorStationModule,
      imports: [
        HealthModule.register({ checks: async () => [corridorCheck(end), ...(await checks())] }),
        MetricsModule.register({ metrics }),
      ],
      providers: [{ provide: CORRIDOR_END, useFactory: async () => (end = await open()) }, CorridorStation],
    };
  }
}

function corridorCheck(end: CorridorEnd | null): HealthCheck {
  const ok = end?.ready() === true;
  return { name: 'corridor', ok, detail: ok ? 'a ping to itself came back' : 'no ping to itself has come back' };
}
