import { Controller, type DynamicModule, Get, Inject, Module, Res } from '@nestjs/common';
import type { Metrics } from './metrics.ts';

interface Reply {
  header(name: string, value: string): unknown;
}

/** Injection token of the metrics. */
const METRICS = Symbol('metrics');

/** The Prometheus endpoint. It names upstreams and approved tools, never a person or a tenant's data. */
@Controller()
export class MetricsController {
  readonly #metrics: Metrics;

  constructor(@Inject(METRICS) metrics: Metrics) {
    this.#metrics = metrics;
  }

  @Get('metrics')
  async scrape(@Res({ passthrough: true }) reply: Reply): Promise<string> {
    reply.header('content-type', this.#metrics.contentType);
    return this.#metrics.text();
  }
}

/** `/metrics`. */
@Module({})
export class MetricsModule {
  static register({ metrics }: { readonly metrics: Metrics }): DynamicModule {
    return {
      module: MetricsModule,
      controllers: [MetricsController],
      providers: [{ provide: METRICS, useValue: metrics }],
    };
  }
}
