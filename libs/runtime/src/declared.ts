import type { Config, Guard } from '@sallyport/contracts';
import type { Configured } from '@sallyport/definitions';
import { guards } from '@sallyport/guards';

/** What the configuration says of tools: in `upstreams`, and in the sections of guards. */
export function declaredIn(config: Config): Configured {
  const { upstreams } = config;
  return { upstreams, numbers: guards.flatMap((guard: Guard) => guard.numbers?.(config) ?? []) };
}
