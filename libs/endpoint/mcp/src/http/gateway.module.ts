import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  type INestApplicationContext,
  Inject,
  Injectable,
  Module,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import type { DirectRoute } from '@sallyport/service';
import { createHttpEndpoint, type HttpEndpoint } from './http-endpoint.ts';
import { directGateway, mountGateway } from './mount.ts';
import type { GatewayOptions } from '../endpoint-options.ts';

/** Injection token of the `HttpEndpoint`. */
export const GATEWAY_ENDPOINT = Symbol('sallyport.gateway.endpoint');

const GATEWAY_CONFIG = Symbol('sallyport.gateway.config');

/** Mounts the endpoint when the application starts, and lets calls end before it stops. */
@Injectable()
export class GatewayMount implements OnModuleInit, BeforeApplicationShutdown {
  readonly #host: HttpAdapterHost;
  readonly #endpoint: HttpEndpoint;
  readonly #config: GatewayOptions['config'];

  constructor(
    @Inject(HttpAdapterHost) host: HttpAdapterHost,
    @Inject(GATEWAY_ENDPOINT) endpoint: object,
    @Inject(GATEWAY_CONFIG) config: object,
  ) {
    this.#host = host;
    this.#endpoint = endpoint as HttpEndpoint;
    this.#config = config as GatewayOptions['config'];
  }

  onModuleInit(): void {
    mountGateway(this.#host.httpAdapter.getInstance<FastifyInstance>(), this.#endpoint, this.#config);
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.#endpoint.drain();
  }
}

/** The MCP edge as a module of a Nest application on Fastify. */
@Module({})
export class GatewayModule {
  static register(options: GatewayOptions): DynamicModule {
    const endpoint = { provide: GATEWAY_ENDPOINT, useFactory: () => createHttpEndpoint(options) };
    const config = { provide: GATEWAY_CONFIG, useValue: options.config };
    return { module: GatewayModule, providers: [endpoint, config, GatewayMount], exports: [endpoint] };
  }

  /** The endpoint of an application with this module, for `ServiceOptions.direct`. */
  static direct(app: Pick<INestApplicationContext, 'get'>): DirectRoute {
    return directGateway(app.get<HttpEndpoint>(GATEWAY_ENDPOINT, { strict: false }));
  }
}
