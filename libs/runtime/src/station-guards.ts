import type { Station } from '@sallyport/contracts';
import { guards } from '@sallyport/guards';
import type { BoundGuard } from '@sallyport/pipeline';
import type { ActiveGuards } from './active-config.ts';

/** Who judges at each station now. */
export interface StationGuards {
  /** Null before there are policies. */
  readonly activeGuards: ActiveGuards | null;
  at(station: Station): readonly BoundGuard[];
  /** Puts guards that were made for other policies in the place of those that sit. */
  sit(activeGuards: ActiveGuards): void;
}

/** The guards of each station. Before there are policies they deny. */
export function createStationGuards(): StationGuards {
  let boundGuards = byStation(guards.map(denyingGuard));
  let activeGuards: ActiveGuards | null = null;
  return {
    get activeGuards() {
      return activeGuards;
    },
    at: (station) => boundGuards.get(station) ?? [],
    sit(next) {
      activeGuards = next;
      boundGuards = byStation(next.boundGuards);
    },
  };
}

function byStation(all: readonly BoundGuard[]): ReadonlyMap<Station, readonly BoundGuard[]> {
  return Map.groupBy(all, ({ station }) => station);
}

function denyingGuard({ id, station, grants }: Pick<BoundGuard, 'id' | 'station' | 'grants'>): BoundGuard {
  return {
    id,
    station,
    grants,
    shadow: false,
    judge: () => ({
      effect: 'deny',
      reason: 'not_ready',
      advice: 'Sallyport is starting and can’t judge calls yet. Try again in some seconds.',
    }),
  };
}
