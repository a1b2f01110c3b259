import type { Bus, BusHandler, Clock, Journal, Observer } from '@sallyport/contracts';
import type { BrokerTime } from '@sallyport/transport';

export interface Measuring {
  readonly observer: Observer;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** A journal whose commits are measured and counted while they wait. */
export function measuredJournal(journal: Journal, { observer, clock }: Measuring): Journal {
  let waiting = 0;
  observer.watched?.('commits_waiting', () => waiting);
  return {
    ...journal,
    async commit(commit) {
      const asked = clock.monotonic();
      waiting += 1;
      try {
        return await journal.commit(commit);
      } finally {
        waiting -= 1;
        observer.measured?.('commit', '', clock.monotonic() - asked);
      }
    },
  };
}

/** A bus whose messages are measured on both sides of the broker, with what this process has not taken of what it shares. */
export function measuredBus(bus: Bus, { observer, clock, time }: Measuring & { readonly time: BrokerTime }): Bus {
  function arrived(handle: BusHandler): BusHandler {
    return function measuredHandle(message) {
      const now = time.now();
      if (now !== null && message.time !== null)
        observer.measured?.('hop', message.topic, Math.max(0, now - message.time));
      return handle(message);
    };
  }

  return {
    ensure: (topics) => bus.ensure(topics),
    partitionsOf: (topic) => bus.partitionsOf(topic),
    healthy: () => bus.healthy(),
    close: () => bus.close(),
    inbox: (options) => bus.inbox({ ...options, handle: arrived(options.handle) }),
    async send(record) {
      const asked = clock.monotonic();
      try {
        await bus.send(record);
      } finally {
        observer.measured?.('kafka_send', record.topic, clock.monotonic() - asked);
      }
    },
    async share(options) {
      const shared = await bus.share({ ...options, handle: arrived(options.handle) });
      const { lag } = shared;
      if (lag !== undefined) observer.watched?.('kafka_lag', () => lag());
      return shared;
    },
  };
}
