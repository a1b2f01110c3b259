import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { within } from '@sallyport/base';
import type { Principal } from '@sallyport/contracts';
import type { StdioEndpoint } from '@sallyport/endpoint-mcp';
import type { Logger } from '@sallyport/service';
import { lineEndpoint } from './line-endpoint.ts';
import type { Opened } from './serve.ts';

/** What a connection changes to: lines of JSON-RPC, as over standard streams. */
export const PROTOCOL = 'mcp-lines';
/** The header that has the path of the configuration, percent-encoded. */
export const CONFIG = 'sallyport-config';
/** What `sockaddr_un` takes where it takes the fewest. */
const MAX_PATH_BYTES = 103;

export interface LocalSocketOptions {
  readonly logger: Logger;
  /** Milliseconds for calls under way when it closes. */
  readonly closeMs: number;
}

export interface LocalSocket {
  /** Takes no more clients, lets those that are there have their answers, and ends their connections. */
  close(): Promise<void>;
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
export async function openLocalSocket(opened: Opened, { logger, closeMs }: LocalSocketOptions): Promise<LocalSocket> {
  const joined = new Map<Duplex, StdioEndpoint>();
  const server = createServer((_request, response) => void response.writeHead(426, { upgrade: PROTOCOL }).end());
  server.on('upgrade', async function join(message, stream, head) {
    stream.on('error', () => undefined);
    const principal = await admit(message, opened).catch(() => null);
    if (principal === null || 'refused' in principal) return refuse(stream, principal);
    stream.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${PROTOCOL}\r\n\r\n`);
    stream.unshift(head);
    const served = lineEndpoint(opened, principal, { input: stream, output: stream });
    joined.set(stream, served);
    await served.closed;
    joined.delete(stream);
    stream.end();
  });
  await listen(server, socketAddress(opened.loaded.data), logger);
  const each = (what: (served: StdioEndpoint) => Promise<void>) =>
    within(Promise.all([...joined.values()].map(what)), closeMs);
  return {
    async close() {
      server.close();
      await each((served) => served.drain());
      for (const stream of joined.keys()) stream.push(null);
      await each(({ closed }) => closed);
    },
  };
}

/** Who joins, or why it may not: another configuration may have other policies, and they would protect nothing here. */
async function admit({ headers }: IncomingMessage, { loaded, runtime }: Opened): Promise<Principal | Refused> {
  const theirs = decodeURIComponent(String(headers[CONFIG]));
  if (theirs !== realpathSync(loaded.file)) {
    const message = `${loaded.data} is in use by an instance with the configuration ${loaded.file}, and this is ${theirs}. Give each its own \`data:\`.`;
    return { refused: 'other_configuration', message };
  }
  const principal = await runtime.identity.authenticate(headers.authorization);
  return 'status' in principal ? { refused: 'unknown_caller', message: principal.description } : principal;
}

/** Why a client may not join. */
export interface Refused {
  readonly refused: 'other_configuration' | 'unknown_caller' | 'failed';
  readonly message: string;
}

function refuse(stream: Duplex, refused: Refused | null): void {
  const body = JSON.stringify(refused ?? { refused: 'failed', message: 'The running instance could not answer.' });
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
