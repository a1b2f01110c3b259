import { createSecretKey, randomBytes } from 'node:crypto';
import {
  createMemoryConnections,
  createMemoryCounters,
  createMemoryJournal,
  createMemorySpool,
  createMemoryUsedIds,
} from '@sallyport/adapter-memory';
import type { LoadedConfig } from '@sallyport/config';
import type { Observer } from '@sallyport/contracts';
import type { DependenciesParts } from './dependencies.ts';
import type { Stores } from './stores.ts';
import { systemClock } from './system.ts';

/** Tells nobody of incidents. */
export const quiet: Observer = { decided: () => undefined, finished: () => undefined, incident: () => undefined };

/**
 * What an instance is put together with beside a running one: stores in memory, nobody who is told of incidents, and a
 * configuration under which what upstreams offer counts as approved.
 */
export function dryRunParts(loaded: LoadedConfig) {
  const parts = { loaded: trusting(loaded), stores: memoryStores(), observer: quiet, dryRun: true };
  return parts satisfies Omit<DependenciesParts, 'logger'>;
}

function trusting(loaded: LoadedConfig): LoadedConfig {
  const upstreams = Object.entries(loaded.config.upstreams).map(([id, upstream]) => [
    id,
    { ...upstream, definitions: 'trust_on_first_use' as const },
  ]);
  return {
    ...loaded,
    config: { ...loaded.config, upstreams: Object.fromEntries(upstreams) as LoadedConfig['config']['upstreams'] },
  };
}

function memoryStores(): Stores {
  const key = randomBytes(32);
  return {
    ...createMemoryJournal(),
    connections: createMemoryConnections(),
    spool: createMemorySpool(),
    keys: { digestKey: () => createSecretKey(key), sealKey: () => key },
    counters: createMemoryCounters({ clock: systemClock }),
    usedIds: createMemoryUsedIds({ clock: systemClock }),
    subscribe: () => () => undefined,
    close: () => Promise.resolve(),
  };
}
