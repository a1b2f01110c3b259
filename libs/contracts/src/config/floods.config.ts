import { z } from 'zod';
import { rate } from './scalars.config.ts';

/** A rate and how much of it may come at once. */
const bucket = (usual: string, burst: number) =>
  z
    .strictObject({
      rate: rate.prefault(usual).describe('How many in how long, evenly spread.'),
      burst: z.int().positive().default(burst).describe('How many may come at once.'),
    })
    .prefault({});

/** What keeps one caller from filling the record or the machine. Each gateway process counts for itself. */
export const floods = z
  .strictObject({
    requests: bucket('2000/s', 4_000).describe(
      'All requests of one subject, counted before a body is read; a large one counts once for each 64 KiB. More are answered with 429.',
    ),
    attempts: bucket('50/s', 1_000).describe(
      'Requests of one subject that come to nothing: refused, held or malformed. A call that is allowed does not count, a large one counts once for each 64 KiB. Counted before anything is recorded; while they are spent, nothing above 4 KiB is read.',
    ),
    failures: bucket('50/s', 100).describe('Requests from one address without a valid token.'),
    subscriptions: z
      .int()
      .positive()
      .default(256)
      .describe('Resources that the clients of one subject may be subscribed to at a time. More are refused.'),
  })
  .superRefine(({ requests, attempts }, context) => {
    if (perSecond(attempts.rate) < perSecond(requests.rate) || attempts.burst < requests.burst) return;
    const message = 'lets through as much as floods.requests, so it would never refuse: write a lower rate or burst';
    context.addIssue({ code: 'custom', path: ['attempts'], message });
  })
  .prefault({});

/** A rate as tokens per second. */
export function perSecond({ count, periodMs }: { readonly count: number; readonly periodMs: number }): number {
  return (count / periodMs) * 1000;
}
