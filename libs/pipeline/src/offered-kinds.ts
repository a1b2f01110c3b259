import type { Config, Offered, TargetKind } from '@sallyport/contracts';

const kindsOf: Readonly<Record<Offered, readonly TargetKind[]>> = {
  tools: ['tool'],
  prompts: ['prompt'],
  resources: ['resource', 'template'],
};

/** What an upstream may be used for, as it is configured; null for any of them. Nothing where there is no such upstream. */
export function offeredKinds(upstreams: Config['upstreams'], upstream: string | null): readonly TargetKind[] {
  const asked = Object.entries(upstreams).filter(([id]) => upstream === null || id === upstream);
  return [...new Set(asked.flatMap(([, { offers }]) => offers.flatMap((section) => kindsOf[section])))];
}
