import { z } from 'zod';
import { secret } from './scalars.config.ts';

const key = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'lower-case letters, digits and dashes, at most 32')
    .refine((id) => id !== 'instance', 'another name: it is that of the key of the instance itself')
    .describe('Stands with what it seals.'),
  key: secret.describe('Where the key is: 32 bytes in base64url.'),
});

/** What is kept of users' sign-ins at upstreams (`auth.type: authorization_code`). */
export const connections = z.strictObject({
  keys: z
    .array(key)
    .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, 'two keys have one id')
    .default([])
    .describe(
      'Keys that seal the tokens of users (AES-256-GCM). The first seals, each opens: to change it, write the new one in front, and take the old one out once users have new tokens. A key of the instance itself if empty.',
    ),
});
