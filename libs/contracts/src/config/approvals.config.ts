import { z } from 'zod';
import { duration, secret } from './scalars.config.ts';
import { httpUrl } from './upstreams.config.ts';

const notify = z
  .strictObject({
    url: z
      .union([httpUrl, secret])
      .describe(
        'Where each question is posted to. Of a URL that is itself a secret, the file or variable that holds it.',
      ),
    secret: secret.describe(
      'The file or variable with the key that signs (Standard Webhooks): `whsec_…`, or any text.',
    ),
    private: z
      .boolean()
      .default(false)
      .describe('Whether the receiver may be at a private address (this machine, a local network), and without TLS.'),
  })
  .describe('A webhook that is told of each question, without values and names of people.');

/**
 * How people are asked. It stands here and not with the guard that asks, because other layers read it, too: the pipeline dates a
 * question by it, the endpoint waits that long for an answer, the read model counts refusals by it, the runtime tells the webhook.
 */
export const approvals = z.strictObject({
  decide_within: duration.default(600_000).describe('Votes after this do not count.'),
  execute_within: duration.default(600_000).describe('An approved call must run within this time.'),
  refuse_again_for: duration
    .default(60_000)
    .describe(
      'A rejected call is refused without asking for this long. A subject 100 of whose calls are refused so can ask no further question.',
    ),
  pending_per_subject: z.int().positive().default(10).describe('More open questions than this are refused.'),
  notify: notify.optional(),
});
