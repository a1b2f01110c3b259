import { connect, type Socket } from 'node:net';

export interface HttpAnswer {
  readonly status: number;
  readonly head: string;
  /** The body; bytes as Latin-1, so that its length is its bytes. Where it came in chunks, their sizes stand in it. */
  readonly body: string;
}

interface Waiter {
  resolve(answer: HttpAnswer): void;
  reject(error: Error): void;
}

/**
 * One keep-alive HTTP/1.1 connection, one request at a time, as thin as it can be: the generator must not take the CPU
 * that the measured program needs. Reads answers that have a `content-length`, and those that end with an empty chunk.
 */
export class Connection {
  readonly #socket: Socket;
  #waiter: Waiter | null = null;
  #received = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#take(text));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the connection was closed')));
  }

  static async open(url: URL): Promise<Connection> {
    const socket = connect(Number(url.port), url.hostname);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new Connection(socket);
  }

  /** Sends the text of one whole request. Rejects when the connection ends before the answer is complete. */
  send(request: string): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(new Error('the connection was closed'));
      this.#waiter = { resolve, reject };
      this.#socket.write(request, 'latin1');
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(text: string): void {
    this.#received += text;
    const answer = readAnswer(this.#received);
    if (answer === null) return;
    this.#received = '';
    const waiter = this.#waiter;
    this.#waiter = null;
    waiter?.resolve(answer);
  }

  #fail(error: Error): void {
    const waiter = this.#waiter;
    this.#waiter = null;
    waiter?.reject(error);
  }
}

const endOfHead = '\r\n\r\n';
const lastChunk = '\r\n0\r\n\r\n';

/** A complete answer, or null while some of it is missing. */
function readAnswer(text: string): HttpAnswer | null {
  const end = text.indexOf(endOfHead);
  if (end < 0) return null;
  const head = text.slice(0, end);
  const body = text.slice(end + endOfHead.length);
  return isComplete(head, text, body) ? { status: Number(head.slice(9, 12)), head, body } : null;
}

function isComplete(head: string, text: string, body: string): boolean {
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN);
  if (!Number.isNaN(length)) return body.length >= length;
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) return text.endsWith(lastChunk);
  throw new Error(`an answer without a length: ${head}`);
}
