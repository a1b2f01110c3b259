import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { beside, thrownText, within } from '@sallyport/base';
import type { Principal } from '@sallyport/contracts';
import { endingText, type StdioEndpoint } from '@sallyport/endpoint-mcp';
import type { Logger } from '@sallyport/service';
import { lineEndpoint } from './line-endpoint.ts';
import type { Opened } from './open.ts';

/** What a connection changes to: lines of JSON-RPC, as over standard streams. */
export const PROTOCOL = 'mcp-lines';
/** The header that has the path of the configuration, percent-encoded. */
export const CONFIG = 'sallyport-config';
/** What `sockaddr_un` takes where it takes the fewest. */
const MAX_PATH_BYTES = 103;

export interface LocalSocketOptions {
  readonly logger: Logger;
  /** Called when `serve` asks for the data directory; absent in `serve`, which keeps it. */
  readonly handOver?: () => void;
}

export interface LocalSocket {
  /** Serves a client of this process like one that joined. */
  serve(stream: Duplex, principal: Principal): Promise<void>;
  /** Takes no more clients, lets those that are there have their answers, and ends their connections. */
  close(options: Closing): Promise<void>;
}

export interface Closing {
  /** Milliseconds for calls under way. */
  readonly withinMs: number;
  /** Whether the data directory goes to a `serve` that is starting, which clients then wait for. */
  readonly handedOver?: boolean;
}

/** Where programs of the same user find the instance that has this data directory. */
export function socketAddress(data: string): string {
  if (process.platform !== 'win32') return join(data, 'sallyport.sock');
  return `\\\\.\\pipe\\sallyport-${createHash('sha256').update(realpathSync(data)).digest('hex')}`;
}

/**
 * Lets the clients of other processes join this instance, which holds the data directory. Only the owner may open the
 * socket, and each client needs a token as everywhere.
 */
export async function openLocalSocket(opened: Opened, { logger, handOver }: LocalSocketOptions): Promise<LocalSocket> {
  const joined = new Map<Duplex, StdioEndpoint>();
  const server = createServer((message, response) => askedToHandOver(message, response, { opened, handOver }));
  server.on('upgrade', function joining(message, stream, head) {
    stream.on('error', () => undefined);
    beside(
      () => join(message, stream, head),
      (why) => {
        logger.warn(`a client that joined is not served any more: ${why}`);
        stream.destroy();
      },
    );
  });
  await listen(server, socketAddress(opened.loaded.data), logger);

  async function join(message: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    const principal = await admit(message, opened).catch(failed);
    if ('refused' in principal) return refuse(stream, principal);
    stream.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${PROTOCOL}\r\n\r\n`);
    stream.unshift(head);
    await serve(stream, principal);
  }

  async function serve(stream: Duplex, principal: Principal): Promise<void> {
    const served = lineEndpoint(opened, principal, { input: stream, output: stream });
    joined.set(stream, served);
    try {
      await served.closed;
    } finally {
      joined.delete(stream);
      stream.end();
    }
  }

  return {
    serve,
    async close({ withinMs, handedOver = false }) {
      const each = (what: (served: StdioEndpoint) => Promise<void>) =>
        within(Promise.all([...joined.values()].map(what)), withinMs);
      server.close();
      for (const stream of joined.keys()) stream.write(endingText(handedOver));
      await each((served) => served.drain());
      for (const stream of joined.keys()) stream.push(null);
      await each(({ closed }) => closed);
    },
  };
}

/**
 * Of two that need the data directory, `serve` gets it: a program over standard streams can join it, and not the reverse.
 * It asks for no token: a user who may open the socket could also end this process.
 */
function askedToHandOver(
  { method, headers }: IncomingMessage,
  response: ServerResponse,
  { opened, handOver }: { readonly opened: Opened; readonly handOver: (() => void) | undefined },
): void {
  if (method !== 'POST') return void response.writeHead(426, { upgrade: PROTOCOL }).end();
  const refused = whyKept(headers, opened, handOver === undefined);
  response.writeHead(refused === null ? 202 : 403, { connection: 'close' }).end(JSON.stringify(refused ?? {}));
  if (refused === null) handOver?.();
}

/** Null where the directory is handed over. Never throws: nothing else would keep an error from ending this process. */
function whyKept(headers: IncomingMessage['headers'], opened: Opened, serves: boolean): Refused | null {
  try {
    return otherConfiguration(headers, opened) ?? (serves ? serving(opened) : null);
  } catch (error) {
    return failed(error);
  }
}

function serving({ loaded }: Opened): Refused {
  const message = `${loaded.data} is in use by \`sallyport serve\` (process ${process.pid}) with the same configuration. It serves already; to start another in its place, stop it first.`;
  return { refused: 'serving', message };
}

/** Who joins, or why it may not. */
async function admit({ headers }: IncomingMessage, opened: Opened): Promise<Principal | Refused> {
  const other = otherConfiguration(headers, opened);
  if (other !== null) return other;
  const principal = await opened.runtime.identity.authenticate(headers.authorization);
  return 'status' in principal ? { refused: 'unknown_caller', message: principal.description } : principal;
}

/** Another configuration may have other policies, and they would protect nothing here. */
function otherConfiguration(headers: IncomingMessage['headers'], { loaded }: Opened): Refused | null {
  const theirs = decodeURIComponent(String(headers[CONFIG]));
  if (theirs === realpathSync(loaded.file)) return null;
  const message = `${loaded.data} is in use by an instance (process ${process.pid}) with the configuration ${loaded.file}, and this is ${theirs}. Give each its own \`data:\`.`;
  return { refused: 'other_configuration', message };
}

/** Why another process does not get what it asks. */
export interface Refused {
  readonly refused: 'other_configuration' | 'unknown_caller' | 'serving' | 'failed';
  readonly message: string;
}

/** Its configuration was moved away since it started, for one. */
function failed(error: unknown): Refused {
  return {
    refused: 'failed',
    message: `The running instance (process ${process.pid}) could not answer: ${thrownText(error)}`,
  };
}

function refuse(stream: Duplex, refused: Refused): void {
  const body = JSON.stringify(refused);
  const length = Buffer.byteLength(body);
  stream.end(`HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n${body}`);
}

/** Listens; where that can't be, this instance serves its own clients all the same. */
async function listen(server: Server, address: string, logger: Logger): Promise<void> {
  try {
    if (process.platform === 'win32') server.listen(address);
    else await listenPrivately(server, address);
    await once(server, 'listening');
  } catch (error) {
    logger.warn(`no second client can join this instance: ${String(error)}`);
  }
}

/** The holder of the data directory may replace a socket that a killed process left. */
async function listenPrivately(server: Server, address: string): Promise<void> {
  if (Buffer.byteLength(address) > MAX_PATH_BYTES)
    throw new Error(`${address} is too long for a socket; set \`data:\` to a shorter path`);
  await rm(address, { force: true });
  const mask = process.umask(0o177);
  // Binds at once, so that the file has its mode from the beginning.
  server.listen(address);
  process.umask(mask);
}
