import type { z } from 'zod';
import { approvalEvents, requesterEvents } from './approval.events.ts';
import { callEvents } from './call.events.ts';
import { systemEvents } from './system.events.ts';

/** Every event that may stand in the journal, by type. */
export const events = { ...callEvents, ...approvalEvents, ...requesterEvents, ...systemEvents } as const;

export type EventType = keyof typeof events;
export type EventData = { readonly [Type in EventType]: z.infer<(typeof events)[Type]> };
export { approvalEvents, callEvents, systemEvents, requesterEvents };
