import { type Bus, type BusRecord, BusUnavailable, type RelayMarks } from '@sallyport/contracts';
import { sampleEvent } from '@sallyport/testing';
import { createArrayJournal } from './array-journal.ts';

export const TOPIC = 'sallyport.audit.v1';

/** Marks that outlive a relay, as a table does; `fail` decides what happens to each advance. */
export function memoryMarks(fail: () => boolean = () => false): RelayMarks & { readonly held: Map<string, number> } {
  const held = new Map<string, number>();
  return {
    held,
    read: async () => new Map(held),
    async advance(tenant, sequence) {
      if (fail()) throw new Error('the marks are away');
      held.set(tenant, Math.max(held.get(tenant) ?? 0, sequence));
    },
  };
}

/** A bus whose `fate` says of each record: taken, refused, or taken with the acknowledgement lost on the way. */
export function moodyBus(
  bus: Pick<Bus, 'send'>,
  fate: (key: string) => 'taken' | 'refused' | 'unheard',
): Pick<Bus, 'send'> {
  return {
    async send(record) {
      const answer = fate(record.key ?? '');
      if (answer === 'refused') throw new BusUnavailable('refused');
      await bus.send(record);
      if (answer === 'unheard') throw new BusUnavailable('no acknowledgement');
    },
  };
}

/** A journal, a bus, and all that the feed's topic has been sent. */
export function createRuntime() {
  const { journal, tenants } = createArrayJournal();
  const seen: BusRecord[] = [];
  const broker = { away: false };
  const bus = {
    async send(record: BusRecord): Promise<void> {
      if (broker.away) throw new BusUnavailable('the broker is away');
      seen.push(record);
    },
  };
  let commands = 0;

  return {
    journal,
    tenants,
    broker,
    bus,
    seen,
    async record(tenant: string, count: number): Promise<void> {
      const events = Array.from({ length: count }, () => sampleEvent({ tenant, calls: commands++ }));
      const writes = [{ stream: `tenant/${tenant}`, expectedVersion: 'any' as const, events }];
      await journal.commit({ tenant, commandId: `command-${commands}`, writes });
    },
    /** Sequences of a tenant as they stand in the topic. */
    sent: (tenant: string) => seen.filter(({ key }) => key === tenant).map((message) => sequenceOf(message)),
  };
}

export function sequenceOf({ headers }: BusRecord): number {
  return Number(headers?.['ce_sequence']);
}

/** `1 … n` */
export function upTo(n: number): readonly number[] {
  return Array.from({ length: n }, (_, at) => at + 1);
}

/** Waits for what another task brings about. */
export async function until(what: () => boolean, ms = 2_000): Promise<void> {
  const end = performance.now() + ms;
  while (!what()) {
    if (performance.now() > end) throw new Error(`Waited ${ms} ms for ${what.toString()}`);
    await new Promise((done) => setTimeout(done, 1));
  }
}
