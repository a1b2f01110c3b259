import { type IncomingMessage, ServerResponse } from 'node:http';

/** How long a client that still sends has to read the answer: what it sends meanwhile is left where it is. */
const LINGER_MS = 250;

/** Whether a body comes with this request, however long. */
export function hasBody({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Reads nothing more of a request whose answer is certain. Where it is not whole, that answer is the last of its
 * connection: else its client could go on sending for ever.
 */
export function stopReading(response: ServerResponse): void {
  const { req: request } = response;
  const { socket } = request;
  if (request.complete || !hasBody(request)) return;
  response.setHeader('connection', 'close');
  socket.on('resume', () => socket.pause()); // another reader may ask for more
  socket.pause();
  // Node would close at once, and the answer would be lost to a client that is still sending.
  socket.destroySoon = () => {
    socket.end();
    setTimeout(() => socket.destroy(), LINGER_MS);
  };
}

/** An answer before which a request is read no more, if it is not whole by then. */
export class EarlyAnswer extends ServerResponse {
  override writeHead(status: number, ...more: [never?, never?]): this {
    stopReading(this);
    return super.writeHead(status, ...more);
  }
}
