import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Injectable,
  Module,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { createHttpDoor, type HttpDoor } from './http-door.ts';
import { mountGateway } from './mount.ts';
import type { GatewayOptions } from './options.ts';

/** Injection token of the `HttpDoor`. */
export const GATEWAY_DOOR = Symbol('sallyport.gateway.door');

/** Mounts the door when the application starts, and lets calls end before it stops. */
@Injectable()
export class GatewayMount implements OnModuleInit, BeforeApplicationShutdown {
  readonly #host: HttpAdapterHost;
  readonly #door: HttpDoor;

  constructor(@Inject(HttpAdapterHost) host: HttpAdapterHost, @Inject(GATEWAY_DOOR) door: object) {
    this.#host = host;
    this.#door = door as HttpDoor;
  }

  onModuleInit(): void {
    mountGateway(this.#host.httpAdapter.getInstance<FastifyInstance>(), this.#door);
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.#door.drain();
  }
}

/** The MCP edge as a module of a Nest application on Fastify. */
@Module({})
export class GatewayModule {
  static register(options: GatewayOptions): DynamicModule {
    const door = { provide: GATEWAY_DOOR, useFactory: () => createHttpDoor(options) };
    return { module: GatewayModule, providers: [door, GatewayMount], exports: [door] };
  }
}
