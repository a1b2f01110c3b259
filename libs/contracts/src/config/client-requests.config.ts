import { z } from 'zod';
import { rate } from './scalars.config.ts';

/** A name with a dot whose last label has a letter: no address, no `localhost`, no scheme, port or path. */
const hostName = z
  .string()
  .regex(
    /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
    'a host name such as pay.example.com: lower case, without scheme, port or path',
  );

const sampling = z.strictObject({
  max_tokens: z.int().positive().default(1_024).describe('A larger `maxTokens` is lowered to this.'),
});

const elicitation = z
  .strictObject({
    forms: z
      .boolean()
      .default(false)
      .describe('Whether it may put a form before the user. Forms that ask for credentials are refused.'),
    url_hosts: z.array(hostName).default([]).describe('Hosts that it may send the user to, by `https` alone.'),
  })
  .refine(
    ({ forms, url_hosts }) => forms || url_hosts.length > 0,
    'grants nothing: write `forms: true`, or hosts in `url_hosts`',
  );

/** What an upstream may ask of a client while a call of that client runs. What is not named here is refused. */
export const clientRequests = z
  .strictObject({
    sampling: sampling
      .optional()
      .describe('Lets it ask the client’s model for text (`sampling: {}` for the defaults).'),
    elicitation: elicitation.optional().describe('Lets it ask the user.'),
    roots: z.boolean().default(false).describe('Lets it read which folders the client works in.'),
    per_call: z
      .int()
      .positive()
      .default(5)
      .describe('Requests that one call may make. Each waits within the call’s own time.'),
    rate: rate.prefault('20/min').describe('Requests that reach one subject, from this upstream.'),
    max_bytes: z.int().positive().default(65_536).describe('A larger request, or answer, is refused.'),
  })
  .refine(
    (granted) => granted.sampling !== undefined || granted.elicitation !== undefined || granted.roots,
    'grants nothing: write `sampling`, `elicitation` or `roots: true`, or leave it out',
  );

export type ClientRequestsConfig = z.infer<typeof clientRequests>;
