import { type Config, listings, type TargetKind, targetKinds } from '@sallyport/contracts';

/** What an upstream may be used for, as it is configured; null for any of them. Nothing where there is no such upstream. */
export function offeredKinds(upstreams: Config['upstreams'], upstream: string | null): readonly TargetKind[] {
  const asked = Object.entries(upstreams).filter(([id]) => upstream === null || id === upstream);
  return targetKinds.filter((kind) => asked.some(([, { offers }]) => offers.includes(listings[kind].capability)));
}
