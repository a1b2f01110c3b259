import { type DynamicModule, Module } from '@nestjs/common';
import { HEALTH_CHECKS, type HealthChecks } from './health-check.ts';
import { HealthController } from './health.controller.ts';

/** `/livez` and `/readyz`. */
@Module({})
export class HealthModule {
  static register({ checks }: { readonly checks: HealthChecks }): DynamicModule {
    return {
      module: HealthModule,
      controllers: [HealthController],
      providers: [{ provide: HEALTH_CHECKS, useValue: checks }],
    };
  }
}
