import { connect, type Socket } from 'node:net';

/** A connection that is written to byte by byte. */
export interface RawSocket {
  readonly socket: Socket;
  /** Everything that came back so far. */
  text(): string;
  /** Resolves when what came back holds the text, or the connection is closed. */
  received(wanted: string): Promise<string>;
  /** Resolves with all that came back, when the other side has closed. */
  readonly closed: Promise<string>;
}

/** Opens a connection and writes to it. */
export function openSocket({ port }: { readonly port: number }, first: string | Buffer = ''): RawSocket {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  const listeners = new Set<() => void>();
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    for (const look of listeners) look();
  });
  socket.on('error', () => undefined); // a reset is a close
  const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(text)));
  if (first.length > 0) socket.write(first);
  return {
    socket,
    text: () => text,
    closed,
    received(wanted) {
      const seen = new Promise<string>((resolve) => {
        const look = (): void => (text.includes(wanted) ? resolve(text) : undefined);
        listeners.add(look);
        look();
      });
      return Promise.race([seen, closed]);
    },
  };
}

/** The head of a request, line by line; it ends with the empty line. */
export function head(...lines: readonly string[]): string {
  return `${lines.join('\r\n')}\r\n\r\n`;
}
