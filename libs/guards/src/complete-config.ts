import { type Config, type ConfigInput, configSchema, type Guard } from '@sallyport/contracts';
import type { z } from 'zod';
import { guards } from './guards.ts';

/**
 * The configuration with the sections that the guards of a list have for themselves, each under the guard's id.
 *
 * @throws Error where the configuration has such a key already
 */
export function withSections(list: readonly Pick<Guard, 'id' | 'config'>[]): z.ZodType<Config, ConfigInput> {
  const sections = list.flatMap(({ id, config }) => (config === undefined ? [] : [[id, config.prefault({})] as const]));
  return configSchema.extend<Record<never, z.ZodType>>(Object.fromEntries(sections));
}

/** `sallyport.yaml`, whole. To everybody but the guard itself a guard's section is not there. */
export const completeConfigSchema = withSections(guards);
