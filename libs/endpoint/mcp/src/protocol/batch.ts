import type { JsonValue } from '@sallyport/contracts';
import { readMessage, type RpcMessage } from '@sallyport/mcp';
import { fault, type Fault } from './fault.ts';
import type { Reply } from './mcp-request.ts';

/** The one revision that has batches (2025-03-26, basic): the next one took them away again. */
export const BATCHES = '2025-03-26';

/** Messages of a batch: as many as a client has under way by itself, and no more work at once than a few calls are. */
const MOST = 64;

/**
 * Reads a batch.
 *
 * @param version the revision of its session; null where it has none
 * @returns its messages, in order; or why it is refused as a whole, before any of it is begun
 */
export function readBatch(values: readonly JsonValue[], version: string | null): readonly RpcMessage[] | Fault {
  if (version !== BATCHES) return refusal(elsewhere);
  if (values.length === 0) return refusal('The batch is empty.');
  if (values.length > MOST)
    return refusal(`A batch has at most ${MOST} messages, this one has ${values.length}: send several.`);
  const messages: RpcMessage[] = [];
  for (const value of values) {
    const message = readMessage(value);
    if (message === null) return refusal(`Message ${messages.length + 1} of the batch is not a JSON-RPC 2.0 message.`);
    if (isInitialize(message)) return refusal('`initialize` can be no part of a batch: send it by itself.');
    messages.push(message);
  }
  return messages.some(isAnswer) && messages.some(({ kind }) => kind === 'request') ? refusal(mixed) : messages;
}

const elsewhere = `Batches are accepted in sessions of revision ${BATCHES} alone, with their Mcp-Session-Id: send each message by itself.`;
const mixed = 'Answers and requests can be no parts of one batch: send each kind by itself.';

function isInitialize(message: RpcMessage): boolean {
  return message.kind !== 'response' && message.method === 'initialize';
}

function isAnswer({ kind }: RpcMessage): boolean {
  return kind === 'response';
}

function refusal(message: string): Fault {
  return fault(400, 'batch', message);
}

/** The way back for one request of a batch: what goes ahead of its answer goes at once, its answer waits for the others. */
export class PartReply implements Reply {
  readonly canStream: boolean;
  readonly controller = new AbortController();
  readonly gone: AbortSignal;
  readonly #whole: Reply;
  #answer: string | null = null;

  constructor(whole: Reply) {
    this.#whole = whole;
    this.canStream = whole.canStream;
    this.gone = whole.gone;
    whole.controller.signal.addEventListener('abort', () => this.controller.abort(), { once: true });
  }

  /** Null until it is given. */
  get answer(): string | null {
    return this.#answer;
  }

  stream(text: string, droppable: boolean): void {
    if (this.#answer === null) this.#whole.stream(text, droppable);
  }

  taken(): Promise<void> {
    return this.#whole.taken();
  }

  end(_status: number, text: string): void {
    this.#answer ??= text;
  }
}
