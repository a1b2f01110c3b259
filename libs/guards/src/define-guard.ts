import type { Config, Guard, GuardPorts, Judge, Probe } from '@sallyport/contracts';
import type { z } from 'zod';

/** The section that a guard has for itself, under its id, as its schema reads it; nothing for a guard without one. */
type OwnSection<Id extends string, Schema> = {
  readonly [key in Schema extends z.ZodType ? Id : never]: z.output<Schema & z.ZodType>;
};

/** A guard as it is written: like `Guard`, with reasons and configuration taken from `reasons`, `reads` and `config` alone. */
export interface GuardDefinition<
  Id extends string,
  Reason extends string,
  Section extends keyof Config,
  Schema extends z.ZodType,
> extends Omit<Guard<Reason>, 'id' | 'create' | 'probes' | 'reasons' | 'reads' | 'config'> {
  readonly id: Id;
  readonly reasons: readonly Reason[];
  readonly reads: readonly Section[];
  readonly config?: Schema;
  create(
    ports: GuardPorts,
    config: Pick<Config, NoInfer<Section>> & OwnSection<NoInfer<Id>, NoInfer<Schema>>,
  ): Judge<NoInfer<Reason>>;
  probes(ports: GuardPorts, config: Config & OwnSection<NoInfer<Id>, NoInfer<Schema>>): readonly Probe[];
}

/**
 * Defines a guard. A deny or a hold with a reason that `reasons` does not name does not compile, so the reference page and
 * the record know every reason that exists. Nor does a look at a section that `reads` does not name, beside the guard's own:
 * two programs would take different configurations for the same.
 *
 * @returns a guard that is to be made with what `completeConfigSchema` read
 */
export function defineGuard<
  const Id extends string,
  const Reason extends string,
  const Section extends keyof Config,
  Schema extends z.ZodType = never,
>(definition: GuardDefinition<Id, Reason, Section, Schema>): Guard<Reason> {
  type Read = Config & OwnSection<Id, Schema>;
  return {
    ...definition,
    create: (ports, config) => definition.create(ports, config as Read),
    probes: (ports, config) => definition.probes(ports, config as Read),
  };
}
