import { type Call, type CallRequest, type Envelope, isEnforcedDeny } from '@sallyport/contracts';
import type { Received } from './call-factory.ts';

export interface ReadRefusalParts {
  readonly open: (request: CallRequest, received: Received) => Envelope;
  /** Asks the guards at the gateway and those that grant. They charge nothing. */
  readonly judgeReading: (envelope: Envelope) => Promise<Envelope>;
}

/**
 * Why the subject of a subscription that was made before may not hear of the resource now, in words for the client: they must still be
 * permitted to subscribe to it, and to read it. Null where they are. Nothing is recorded, since nobody calls anything.
 */
export async function readRefusal(
  { open, judgeReading }: ReadRefusalParts,
  request: CallRequest,
  call: Call,
): Promise<string | null> {
  for (const action of ['resources/subscribe', 'resources/read'] as const) {
    const { verdicts } = await judgeReading(open({ ...request, action }, call));
    const denied = verdicts.find(isEnforcedDeny);
    if (denied !== undefined) return denied.advice;
  }
  return null;
}
