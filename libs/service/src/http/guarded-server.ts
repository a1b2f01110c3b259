import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpConfig } from '@sallyport/contracts';
import type { Logger } from '../logging/logger.ts';
import { answerBare } from './bare-answer.ts';
import { type ConnectionCaps, type ConnectionCount, countConnections } from './connection-count.ts';
import { EarlyAnswer, hasBody } from './early-answer.ts';

/** What a client may cost, as `http` of the configuration says; times in milliseconds. */
export type HttpLimits = HttpConfig;

/** Requests of one connection that may wait for their answers: nearly all clients send one after the other. */
const MAX_PIPELINED = 8;
const MAX_HEADER_BYTES = 16_384;
/** How often Node looks for requests that took too long. */
const LOOK_MS = 500;
const TELL_EVERY_MS = 60_000;

/**
 * An HTTP server that gives no client more than its share: requests must arrive in time, answers must be taken,
 * connections are counted, and an answer before the request is whole is the last of its connection. How long a request
 * waits for its answer, and how long a stream lasts, is not limited here.
 */
export function guardedServer(handle: RequestListener, limits: HttpLimits, logger: Logger): Server {
  const answering = new WeakMap<Socket, Set<ServerResponse>>();
  const count = countConnections(limits);
  const options = {
    headersTimeout: limits.headers_within,
    requestTimeout: limits.request_within,
    keepAliveTimeout: limits.idle,
    connectionsCheckingInterval: Math.min(LOOK_MS, limits.headers_within),
    maxHeaderSize: MAX_HEADER_BYTES,
    ServerResponse: EarlyAnswer,
  };

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const open = answering.get(socket) ?? new Set<ServerResponse>();
    answering.set(socket, open.add(response));
    count.busy(socket);
    response.once('close', () => {
      open.delete(response);
      if (open.size === 0) count.rests(socket);
    });
    if (open.size > MAX_PIPELINED) tooMany(response);
    else if (!hasBody(request)) handle(request, response);
    // By then a body that came together with its head is whole, and its connection outlives any answer.
    else setImmediate(() => !request.destroyed && handle(request, response));
  }

  const server = createServer(options, serve);
  // Only who reads the body asks for it: by then the token has been looked at.
  server.on('checkContinue', serve);
  server.on('timeout', (socket: Socket) => {
    const waits = (answering.get(socket)?.size ?? 0) > 0 && socket.writableLength === 0;
    if (!waits) socket.destroy();
  });
  server.timeout = limits.stalled;
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const open = [...(answering.get(socket as Socket) ?? [])];
    // What is written now must be taken for the answer to what is at fault, not to a request before it.
    const free = open.every((response) => !response.headersSent && !response.req.complete);
    if (error.code === 'ECONNRESET' || !socket.writable || !free) socket.destroy();
    else answerBare(socket, ...faultOf(error));
  });
  // Node's own leaves those open that have not sent a whole request yet, for as long as the stop may take.
  server.closeIdleConnections = () => count.closeResting();
  countIn(server, count, limits, logger);
  return server;
}

function tooMany(response: ServerResponse): void {
  response.writeHead(429, { connection: 'close', 'content-length': 0 }).end();
}

/** Connections for which a cap has no room are told so instead of being served. */
function countIn(server: Server, count: ConnectionCount, limits: HttpLimits, logger: Logger): void {
  const serve = server.listeners('connection') as ((socket: Socket) => void)[];
  let refused = 0;
  let toldAt = -Infinity;

  function refuse(socket: Socket, setting: keyof ConnectionCaps): void {
    refused += 1;
    socket.on('error', () => socket.destroy());
    answerBare(socket, 503, {
      error: 'too_many_connections',
      message: `There are too many connections (http.${setting}: ${limits[setting]}). Close some, or try again later.`,
    });
    if (performance.now() - toldAt < TELL_EVERY_MS) return;
    toldAt = performance.now();
    logger.warn('connections refused', { setting: `http.${setting}`, limit: limits[setting], refused });
  }

  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const setting = count.admit(socket);
    if (setting === null) for (const listener of serve) listener.call(server, socket);
    else refuse(socket, setting);
  });
}

function faultOf({ code }: NodeJS.ErrnoException): [number, { error: string; message: string }] {
  if (code === 'HPE_HEADER_OVERFLOW')
    return [431, { error: 'headers_too_large', message: `The headers are larger than ${MAX_HEADER_BYTES} bytes.` }];
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return [
      408,
      { error: 'too_slow', message: 'The request did not arrive in time (http.headers_within, http.request_within).' },
    ];
  return [400, { error: 'invalid_request', message: 'This is not HTTP/1.1, or it could be read in two ways.' }];
}
