import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '@sallyport/contracts';
import { failed } from '../wire/read-outcome.ts';
import type { RequestTimer } from '../wire/request-timer.ts';
import type { OnBehalf } from '../auth/token-sources.ts';
import type { Endpoint } from './endpoint.ts';
import type { Reply } from './exchange.ts';

export interface ResumeOptions {
  readonly headers: Record<string, string>;
  readonly onBehalf?: OnBehalf;
  readonly signal: AbortSignal;
  readonly timer: RequestTimer;
  take(message: JsonObject): boolean;
}

/** Where the server does not say when to come back, and at least. */
const RETRY_MS = 1_000;
const LEAST_RETRY_MS = 50;

/**
 * Goes on with the stream of a request that ended before its answer: a GET with the id of the last event (2025-11-25,
 * Streamable HTTP, resumability), until the answer is there or time is over. The request itself is not sent again.
 *
 * @returns what came of it; the same reply where there is nothing to go on with, or the server can't
 */
export async function resumed(endpoint: Endpoint, reply: Reply, options: ResumeOptions): Promise<Reply> {
  if (reply.kind !== 'failed' || reply.resumeFrom === undefined) return reply;
  const { headers, onBehalf, signal, take, timer } = options;
  const { lastId, retryMs } = reply.resumeFrom;
  const pause = Math.max(LEAST_RETRY_MS, retryMs ?? RETRY_MS);
  if (pause >= timer.left().timeoutMs) return reply;
  await sleep(pause, undefined, { signal, ref: false }).catch(() => undefined);
  if (signal.aborted) return failed('cancelled', true, 'the caller is gone');
  let opened = false;
  const next = await endpoint.send({
    method: 'GET',
    headers: { ...headers, 'last-event-id': lastId },
    onBehalf,
    body: null,
    time: timer,
    signal,
    onStream: () => void (opened = true),
    take,
  });
  if (next.kind !== 'failed') return next.kind === 'message' ? next : reply;
  if (!opened) return reply;
  return resumed(endpoint, { ...next, sent: true, resumeFrom: next.resumeFrom ?? reply.resumeFrom }, options);
}
