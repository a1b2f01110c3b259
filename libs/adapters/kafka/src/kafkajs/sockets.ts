import type { ISocketFactory } from 'kafkajs';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectByTls } from 'node:tls';

const KEEP_ALIVE_MS = 60_000;

/** The sockets of one client. */
export interface Sockets {
  readonly make: ISocketFactory;
  /** Ends them all, and every one that is made later. */
  destroy(): void;
}

/**
 * Makes the library's sockets as it would itself, and knows them. Requests that find a connection gone open one each, of
 * which the library remembers the last: the others would stay open after its goodbye, and keep the process alive.
 */
export function trackSockets(): Sockets {
  const open = new Set<Socket>();
  let closed = false;

  // With an error, for the library does not listen for the close of a socket.
  const end = (socket: Socket) => void socket.destroy(new Error('the client is closed'));

  return {
    make({ host, port, ssl, onConnect }) {
      const server = { host, port, ...(isIP(host) === 0 ? { servername: host } : {}) };
      const socket = ssl ? connectByTls({ ...server, ...ssl }, onConnect) : connect({ host, port }, onConnect);
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      open.add(socket);
      socket.on('close', () => open.delete(socket));
      if (closed) end(socket);
      return socket;
    },
    destroy() {
      closed = true;
      for (const socket of open) end(socket);
    },
  };
}
