import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ErrorFilter } from './http/error.filter.ts';
import { takeJsonBodies } from './http/json-bodies.ts';
import { guardedServer, type HttpLimits } from './http/guarded-server.ts';
import { createHostCheck, type HostNames } from './http/host-check.ts';
import { listenAddress, listenError, urlOf } from './http/listen-address.ts';
import { MAX_PATH_PART, refuseAmbiguous, refuseForeign, refuseTarget } from './http/refuse-ambiguous.ts';
import { createValidation } from './http/validation.ts';
import type { Logger } from './logging/logger.ts';
import { nestLogger } from './logging/nest-logger.ts';
import { shutDown, waitsText, type ShutdownHook } from './shutdown.ts';
import { onSignals, type SignalParts } from './signals.ts';

export interface ServiceOptions {
  readonly module: Type | DynamicModule;
  /** `127.0.0.1:8787`; port 0 takes any free one. */
  readonly listen: string;
  readonly logger: Logger;
  /** In order: the `drain` ones while answers can still be sent, the `release` ones after the server has closed. */
  readonly onShutdown?: readonly ShutdownHook[];
  /** Called before listening: content type parsers, hooks, raw routes. */
  readonly configure?: (app: NestFastifyApplication) => void | Promise<void>;
  /** What is answered without the framework: its router, hooks and parsers. */
  readonly direct?: (app: NestFastifyApplication) => DirectRoute;
  /** What a client may cost, and by which names it finds us. */
  readonly config: HostNames & { readonly http: HttpLimits };
  /** What a shutdown waits for, such as the calls that run, by name. */
  readonly waitsFor?: () => readonly string[];
  /** Milliseconds for each step of the shutdown. */
  readonly stepMs?: number;
  /** False: the caller that started the service stops it. */
  readonly signals?: false | Omit<SignalParts, 'stop' | 'logger' | 'waits'>;
}

export interface RunningService {
  readonly url: string;
  readonly app: NestFastifyApplication;
  /** Drains and closes, once; true when every step succeeded in time. */
  stop(): Promise<boolean>;
}

/** Takes a request and answers it, or says that it is not for it. Not asked once the server closes. */
export type DirectRoute = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Of a body that Nest reads: acts and filters of an administrator. The MCP endpoint reads its own, with its own limit. */
const MAX_BODY_BYTES = 65_536;

/**
 * Starts a Nest program on Fastify, with the error filter, the validation, the log and the shutdown that all share.
 *
 * @throws ListenError when `listen` is no address, or can't be had
 */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const { module, listen, logger, configure, config } = options;
  const address = listenAddress(listen);
  let direct: DirectRoute = () => false;
  const adapter = new FastifyAdapter({
    serverFactory(handle: RequestListener) {
      const server: Server = guardedServer(
        (request, response) => {
          // A server that closes refuses all requests alike, which Fastify does.
          if (!server.listening || !direct(request, response)) handle(request, response);
        },
        config.http,
        logger,
      );
      return server;
    },
    clientErrorHandler: () => undefined, // the server's own says it
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    frameworkErrors: refuseTarget,
    routerOptions: { maxParamLength: MAX_PATH_PART },
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: nestLogger(logger),
    abortOnError: false,
    bodyParser: false,
  });
  const fastify = app.getHttpAdapter().getInstance();
  refuseAmbiguous(fastify);
  refuseForeign(fastify, createHostCheck(config, { addresses: true }));
  takeJsonBodies(fastify);
  app.useGlobalFilters(new ErrorFilter(logger));
  app.useGlobalPipes(createValidation());
  await configure?.(app);
  direct = options.direct?.(app) ?? direct;
  await bind(app, address);
  const { port } = app.getHttpServer().address() as AddressInfo;
  return running(app, { ...options, url: urlOf({ host: address.host, port }) });
}

async function bind(app: NestFastifyApplication, { host, port }: { host: string; port: number }): Promise<void> {
  try {
    await app.init();
    // Not `app.listen`, which logs a failure with its stack; ours says what to do.
    await app.getHttpAdapter().getInstance().listen({ port, host });
  } catch (error) {
    await app.close().catch(() => undefined);
    throw listenError(error, { host, port });
  }
}

function running(app: NestFastifyApplication, options: ServiceOptions & { readonly url: string }): RunningService {
  const { logger, onShutdown = [], waitsFor = () => [], stepMs = 15_000, signals, url } = options;
  let stopped: Promise<boolean> | undefined;
  let stopListening = (): void => undefined;

  function stop(): Promise<boolean> {
    const parts = { hooks: onShutdown, closeServer: () => closeServer(app, stepMs), logger, waitsFor, stepMs };
    stopped ??= shutDown(parts).finally(() => stopListening());
    return stopped;
  }

  if (signals !== false)
    stopListening = onSignals({ ...signals, stop, logger, waits: () => waitsText(waitsFor(), stepMs) });
  return { url, app, stop };
}

/**
 * Waits for answers under way. A connection that was busy when the server began to close stays open when its answer is
 * out, so idle ones are looked for again and again; those still open shortly before the step's end are cut.
 */
async function closeServer(app: NestFastifyApplication, stepMs: number): Promise<void> {
  const server = app.getHttpServer() as { closeAllConnections(): void; closeIdleConnections(): void };
  const idle = setInterval(() => server.closeIdleConnections(), 25);
  const cut = setTimeout(() => server.closeAllConnections(), stepMs * 0.8);
  try {
    await app.close();
  } finally {
    clearInterval(idle);
    clearTimeout(cut);
  }
}
