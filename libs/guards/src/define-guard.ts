import type { Config, Guard, GuardPorts, Judge } from '@sallyport/contracts';

/** A guard as it is written: like `Guard`, with reasons and configuration taken from `reasons` and `reads` alone. */
export interface GuardDefinition<Reason extends string, Section extends keyof Config> extends Omit<
  Guard<Reason>,
  'create' | 'reasons' | 'reads'
> {
  readonly reasons: readonly Reason[];
  readonly reads: readonly Section[];
  create(ports: GuardPorts, config: Pick<Config, NoInfer<Section>>): Judge<NoInfer<Reason>>;
}

/**
 * Defines a guard. A deny or a hold with a reason that `reasons` does not name does not compile, so the reference page and
 * the record know every reason that exists. Nor does a look at a section that `reads` does not name: two programs would
 * take different configurations for the same.
 *
 * @returns the same object, typed by its reasons
 */
export function defineGuard<const Reason extends string, const Section extends keyof Config>(
  definition: GuardDefinition<Reason, Section>,
): Guard<Reason> {
  return definition;
}
