import type { Config, ConfigProblem, DeclaredNumber, Guard, GuardPorts, Judge, Probe } from '@sallyport/contracts';
import type { z } from 'zod';

type Schemas = Readonly<Record<string, z.ZodType>>;

/** The sections that a guard brings, as their schemas read them. */
type Sections<Own extends Schemas> = { readonly [Key in keyof Own]: z.output<Own[Key]> };

/** A guard as it is written: like `Guard`, with reasons and configuration taken from `reasons`, `reads` and `config` alone. */
export interface GuardDefinition<Reason extends string, Section extends keyof Config, Own extends Schemas> extends Omit<
  Guard<Reason>,
  'create' | 'probes' | 'problems' | 'numbers' | 'reasons' | 'reads' | 'config'
> {
  readonly reasons: readonly Reason[];
  readonly reads: readonly Section[];
  readonly config?: Own;
  create(ports: GuardPorts, config: Pick<Config, NoInfer<Section>> & Sections<NoInfer<Own>>): Judge<NoInfer<Reason>>;
  probes(ports: GuardPorts, config: Config & Sections<NoInfer<Own>>): readonly Probe[];
  problems?(config: Config & Sections<NoInfer<Own>>): readonly ConfigProblem[];
  numbers?(config: Config & Sections<NoInfer<Own>>): readonly DeclaredNumber[];
}

/**
 * Defines a guard. A deny or a hold with a reason that `reasons` does not name does not compile, so the reference page and
 * the record know every reason that exists. Nor does a look at a section that `reads` does not name, beside the guard's own:
 * two programs would take different configurations for the same.
 *
 * @returns a guard that is to be made with what `completeConfigSchema` read
 */
export function defineGuard<
  const Reason extends string,
  const Section extends keyof Config,
  Own extends Schemas = Record<never, z.ZodType>,
>(definition: GuardDefinition<Reason, Section, Own>): Guard<Reason> & { readonly config?: Own } {
  type Read = Config & Sections<Own>;
  return {
    ...definition,
    create: (ports, config) => definition.create(ports, config as Read),
    probes: (ports, config) => definition.probes(ports, config as Read),
    problems: (config) => definition.problems?.(config as Read) ?? [],
    numbers: (config) => definition.numbers?.(config as Read) ?? [],
  };
}
