import { Controller, type DynamicModule, Get, Inject, Module, Res } from '@nestjs/common';
import { shareAnswer } from '../share-answer.ts';
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
  readonly #text: () => Promise<string>;

  constructor(@Inject(METRICS) metrics: Metrics) {
    this.#metrics = metrics;
    this.#text = shareAnswer(() => metrics.text());
  }

  @Get('metrics')
  async scrape(@Res({ passthrough: true }) reply: Reply): Promise<string> {
    reply.header('content-type', this.#metrics.contentType);
    return this.#text();
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
