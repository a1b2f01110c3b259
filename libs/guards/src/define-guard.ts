import type { Config, Guard, GuardPorts, Judge } from '@sallyport/contracts';

/** A guard as it is written: like `Guard`, with reasons taken from `reasons` alone. */
export interface GuardDefinition<Reason extends string> extends Omit<Guard<Reason>, 'create' | 'reasons'> {
  readonly reasons: readonly Reason[];
  create(ports: GuardPorts, config: Config): Judge<NoInfer<Reason>>;
}

/**
 * Defines a guard. A deny or a hold with a reason that `reasons` does not name does not compile, so the reference page and
 * the record know every reason that exists.
 *
 * @returns the same object, typed by its reasons
 */
export function defineGuard<const Reason extends string>(definition: GuardDefinition<Reason>): Guard<Reason> {
  return definition;
}
