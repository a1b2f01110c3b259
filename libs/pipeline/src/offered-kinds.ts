import { type Config, listings, type TargetKind, targetKinds, type Upstream } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';

/** What an upstream may be used for, as it is configured; null for any of them. Nothing where there is no such upstream. */
export function offeredKinds(upstreams: Config['upstreams'], upstream: string | null): readonly TargetKind[] {
  const asked = Object.entries(upstreams).filter(([id]) => upstream === null || id === upstream);
  return targetKinds.filter((kind) => asked.some(([, { offers }]) => offers.includes(listings[kind].capability)));
}

/**
 * Whether a resource of an upstream may be subscribed to, or of any for null: its server declares it, or has not said yet what it has. A
 * client that saw no such thing never asks, and one that asks in vain is told so.
 */
export function isSubscribable(
  configured: Config['upstreams'],
  upstreams: ReadonlyMap<string, Pick<Upstream, 'capabilities'>>,
  upstream: string | null,
): boolean {
  return Object.entries(configured).some(([id, { offers }]) => {
    if ((upstream !== null && id !== upstream) || !offers.includes('resources')) return false;
    const declared = upstreams.get(id)?.capabilities?.() ?? {};
    const { resources } = declared;
    return Object.keys(declared).length === 0 || (isObject(resources) && resources['subscribe'] === true);
  });
}
