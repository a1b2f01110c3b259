export {
  createMemoryBroker,
  createMemoryBus,
  type MemoryBroker,
  type MemoryBrokerOptions,
  type MemoryBus,
} from './memory-bus.ts';
export { createMemoryCounters, type MemoryCounters, type MemoryCountersOptions } from './memory-counters.ts';
export { createMemoryJournal, type MemoryJournal, type MemoryJournalOptions } from './memory-journal.ts';
export { createMemorySpool } from './memory-spool.ts';
