import type { Station } from '@sallyport/contracts';
import { guards } from '@sallyport/guards';
import type { Seat } from '@sallyport/pipeline';
import type { Judging } from '../standing.ts';

/** Who judges at each station now. */
export interface Seating {
  /** Null before there are policies. */
  readonly judging: Judging | null;
  at(station: Station): readonly Seat[];
  /** Puts guards that were made for other policies in the place of those that sit. */
  sit(judging: Judging): void;
}

/** The guards of each station. Before there are policies they deny. */
export function createSeating(): Seating {
  let seats = byStation(guards.map(closedSeat));
  let judging: Judging | null = null;
  return {
    get judging() {
      return judging;
    },
    at: (station) => seats.get(station) ?? [],
    sit(next) {
      judging = next;
      seats = byStation(next.seats);
    },
  };
}

function byStation(all: readonly Seat[]): ReadonlyMap<Station, readonly Seat[]> {
  return Map.groupBy(all, ({ station }) => station);
}

function closedSeat({ id, station, grants }: Pick<Seat, 'id' | 'station' | 'grants'>): Seat {
  return {
    id,
    station,
    grants,
    shadow: false,
    judge: () => ({
      effect: 'deny',
      reason: 'not_ready',
      advice: 'The house is starting and can’t judge calls yet. Try again in some seconds.',
    }),
  };
}
