import { type Config, type ConfigInput, configSchema, type Guard } from '@sallyport/contracts';
import type { z } from 'zod';
import { guards } from './guards.ts';

/**
 * The configuration with the sections that the guards of a list bring.
 *
 * @throws Error where the configuration has such a key already, or two guards mean different things by one
 */
export function withSections(list: readonly Pick<Guard, 'id' | 'config'>[]): z.ZodType<Config, CompleteConfigInput> {
  const sections: Record<string, z.ZodType> = {};
  for (const { id, config = {} } of list)
    for (const [key, schema] of Object.entries(config)) {
      if ((sections[key] ??= schema) !== schema)
        throw new Error(`${id}: another guard brings ${key} with another schema`);
    }
  return configSchema.extend<Record<never, z.ZodType>>(sections);
}

type Sections = NonNullable<(typeof guards)[number]['config']>;
type Inputs<Each> = Each extends unknown ? (all: { readonly [Key in keyof Each]?: z.input<Each[Key]> }) => void : never;

/** What an operator may write in `sallyport.yaml`, with the sections that guards bring. */
export type CompleteConfigInput = ConfigInput & (Inputs<Sections> extends (all: infer All) => void ? All : never);

/** `sallyport.yaml`, whole. To everybody but the guards that bring a section it is not there. */
export const completeConfigSchema = withSections(guards);
