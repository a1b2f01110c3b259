import { type DynamicModule, Module } from '@nestjs/common';
import type { HealthCheck, HealthChecks } from '../health/health-check.ts';
import { HealthModule } from '../health/health.module.ts';
import { MetricsModule } from '../metrics/metrics.module.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { TRANSPORT_END, type TransportEnd } from './transport-end.ts';
import { TransportStation } from './transport-station.ts';

export interface TransportStationOptions {
  /** Opens the station's end when the application is put together. */
  readonly open: () => Promise<TransportEnd>;
  readonly metrics: Metrics;
  /** What readiness asks beside the transport. */
  readonly checks: HealthChecks;
}

/** One station of the transport as a NestJS application: its handler, `/livez`, `/readyz` and `/metrics`. */
@Module({})
export class TransportStationModule {
  static register({ open, metrics, checks }: TransportStationOptions): DynamicModule {
    let end: TransportEnd | null = null;
    return {
      module: TransportStationModule,
      imports: [
        HealthModule.register({ checks: async () => [transportCheck(end), ...(await checks())] }),
        MetricsModule.register({ metrics }),
      ],
      providers: [{ provide: TRANSPORT_END, useFactory: async () => (end = await open()) }, TransportStation],
    };
  }
}

function transportCheck(end: TransportEnd | null): HealthCheck {
  const ok = end?.ready() === true;
  return { name: 'transport', ok, detail: ok ? 'a ping to itself came back' : 'no ping to itself has come back' };
}
