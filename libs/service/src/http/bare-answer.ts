import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ErrorBody } from './error.filter.ts';

/** An error on a connection that has no request to answer: written as it is, then the connection ends. */
export function answerBare(socket: Duplex, status: number, error: Omit<ErrorBody, 'reference'>): void {
  const body = JSON.stringify({ ...error, reference: randomUUID() } satisfies ErrorBody);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
