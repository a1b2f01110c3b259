import { allowedMembers } from './allowed-members/allowed-members.sanitizer.ts';
import { invisible } from './invisible/invisible.sanitizer.ts';
import type { ListedSanitizer } from './listed-sanitizer.ts';
import { outputSchema } from './output-schema/output-schema.sanitizer.ts';
import { personalData } from './personal-data/personal-data.sanitizer.ts';
import { scriptLinks } from './script-links/script-links.sanitizer.ts';
import { ownKeys } from './secrets/own-keys.ts';
import { secrets } from './secrets/secrets.sanitizer.ts';
import { size } from './size/size.sanitizer.ts';
import { upstreamErrors } from './upstream-errors/upstream-errors.sanitizer.ts';

/**
 * Run top to bottom. Structure first, so that later ones see only what may stay; invisible characters before secrets,
 * because one inside a secret would hide it; size last, because marks may be longer than what they replace.
 */
export const sanitizers: readonly ListedSanitizer[] = [
  upstreamErrors,
  allowedMembers,
  outputSchema,
  invisible,
  scriptLinks,
  secrets,
  personalData,
  size,
];

/** The same with the values of an instance's own keys. */
export function sanitizersWith(keys: readonly string[]): readonly ListedSanitizer[] {
  return sanitizers.flatMap((item) => (item === secrets ? [ownKeys(keys), item] : [item]));
}
