import type { Subscription } from '@sallyport/contracts';

/** The running consumptions of one client, so that its `close` can stop what is left. */
export class Subscriptions {
  readonly #open = new Set<Subscription>();

  /** The same subscription, remembered until it is stopped. */
  keep(subscription: Subscription): Subscription {
    const open = this.#open;
    const kept: Subscription = {
      ...(subscription.lag && { lag: () => subscription.lag?.() ?? Promise.resolve(0) }),
      partitions: () => subscription.partitions(),
      async stop() {
        open.delete(kept);
        await subscription.stop();
      },
    };
    open.add(kept);
    return kept;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#open].map((subscription) => subscription.stop()));
  }
}
