import { counted, within } from '@sallyport/base';
import type { Observer } from '@sallyport/contracts';
import type { PartitionSender, OutboundMessage } from './partition-sender.ts';
import { MAX_MESSAGE_BYTES } from './messages.ts';

/** Keeps what must arrive, though not now: sends it again while the bus is away, in bounded memory. */
export interface RetryQueue {
  put(message: OutboundMessage): void;
  /** Tries once more and gives up what does not go. */
  stop(): Promise<void>;
}

interface Waiting {
  readonly message: OutboundMessage;
  /** The attempt that is under way. */
  sending: Promise<void> | null;
}

/** Messages that may wait, and their bytes. */
const most = 10_000;
const mostBytes = 64 * 1024 * 1024;
const againMs = 500;
const stopMs = 1_000;
/** Sent at once when the bus is back, so that it does not fall over again. */
const burst = 500;

/** Builds the queue. What does not fit in is dropped and told to the observer. */
export function createRetryQueue({
  sender,
  observer,
}: {
  readonly sender: PartitionSender;
  readonly observer: Observer;
}): RetryQueue {
  const waiting = new Set<Waiting>();
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  function attempt(one: Waiting): Promise<void> {
    one.sending ??= sender.send(one.message).then(
      () => {
        waiting.delete(one);
        bytes -= one.message.value.byteLength;
      },
      () => {
        one.sending = null;
        if (!stopped) timer ??= setTimeout(again, againMs);
      },
    );
    return one.sending;
  }

  function again(): void {
    timer = undefined;
    const due = [...waiting].filter(({ sending }) => !sending);
    for (const one of due.slice(0, burst)) void attempt(one);
    if (due.length > burst) timer ??= setTimeout(again, againMs);
  }

  return {
    put(message) {
      const { byteLength } = message.value;
      if (waiting.size >= most || bytes + byteLength > mostBytes || byteLength > MAX_MESSAGE_BYTES)
        return observer.incident('outbox_full', `a message for ${message.route.topic} is given up`);
      const one = { message, sending: null };
      waiting.add(one);
      bytes += byteLength;
      void attempt(one);
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await within(Promise.all([...waiting].map(attempt)), stopMs);
      if (waiting.size > 0) observer.incident('outbox_left', `${counted(waiting.size, 'message')} not sent`);
    },
  };
}
