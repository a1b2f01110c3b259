import { type DynamicModule, Inject, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import type { ConnectOptions } from './connect-options.ts';
import { type ConnectPages, type ConnectRequest, createConnectPages } from './connect-pages.ts';

const CONNECT_OPTIONS = Symbol('sallyport.connect.options');
/** A form of ours is smaller. */
const MAX_FORM_BYTES = 16_384;

/** Mounts the pages on which users sign in at upstreams. */
@Injectable()
export class ConnectMount implements OnModuleInit {
  readonly #host: HttpAdapterHost;
  readonly #options: ConnectOptions;

  constructor(@Inject(HttpAdapterHost) host: HttpAdapterHost, @Inject(CONNECT_OPTIONS) options: object) {
    this.#host = host;
    this.#options = options as ConnectOptions;
  }

  onModuleInit(): void {
    mount(this.#host.httpAdapter.getInstance<FastifyInstance>(), createConnectPages(this.#options));
  }
}

/** In a scope of its own, where forms alone are read. */
function mount(fastify: FastifyInstance, pages: ConnectPages): void {
  void fastify.register(function connectScope(scope, _options, done) {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: MAX_FORM_BYTES },
      (_request, body, parsed) => parsed(null, body),
    );
    scope.get('/client-metadata.json', pages.metadata);
    scope.get('/sign-in/callback', pages.signedIn);
    scope.get<{ Params: ConnectRequest['params'] }>('/connect/:upstream/callback', (request, reply) =>
      pages.consented(request as ConnectRequest, reply),
    );
    scope.get('/connect/:upstream', (request, reply) => pages.show(request as ConnectRequest, reply));
    scope.post('/connect/:upstream', (request, reply) => pages.take(request as ConnectRequest, reply));
    done();
  });
}

/** The pages of an instance as a module of a Nest application on Fastify. */
@Module({})
export class ConnectModule {
  static register(options: ConnectOptions): DynamicModule {
    return { module: ConnectModule, providers: [{ provide: CONNECT_OPTIONS, useValue: options }, ConnectMount] };
  }
}
