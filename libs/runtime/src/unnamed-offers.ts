import { isObject } from '@sallyport/base';
import type { JsonObject, Offered } from '@sallyport/contracts';

const sections = ['tools', 'prompts', 'resources'] as const satisfies readonly Offered[];

/** What a server declares in its `capabilities` that `offers` of its upstream does not name. */
export function unnamedIn(offers: readonly Offered[], capabilities: JsonObject): readonly Offered[] {
  return sections.filter((section) => isObject(capabilities[section]) && !offers.includes(section));
}
