import type { Station } from '@sallyport/contracts';
import { guards } from '@sallyport/guards';
import type { BoundGuard } from '@sallyport/pipeline';
import type { ActiveGuards } from './active-config.ts';

const denying = guards.map(denyingGuard);

/** Who judges at a station under a configuration. Before there is one, its guards deny. */
export function guardsAt(station: Station, active: ActiveGuards | null): readonly BoundGuard[] {
  return (active?.boundGuards ?? denying).filter((guard) => guard.station === station);
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
