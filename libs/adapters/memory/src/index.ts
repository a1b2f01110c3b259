export { createMemoryBroker, type MemoryBus } from './memory-bus.ts';
export { createMemoryConnections } from './memory-connections.ts';
export { createMemoryCounters } from './memory-counters.ts';
export { createMemoryJournal } from './memory-journal.ts';
export { createMemorySpool } from './memory-spool.ts';
export { createMemoryUsedIds } from './memory-used-ids.ts';
