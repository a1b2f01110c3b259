import { approvalEvents, type NewEvent, type StoredEvent } from '@sallyport/contracts';
import { readCloudEvent } from '@sallyport/journal';
import type { ApprovalEvent, ApprovalEventType } from './approval-state.ts';

/** Says whether an event belongs to the life of an approval. */
function isApprovalType(type: string): type is ApprovalEventType {
  return Object.hasOwn(approvalEvents, type);
}

/** Reads an approval's event from its stored bytes; null for other events. Throws for bytes that are none (a broken log). */
export function readStored({ type, bytes }: StoredEvent): ApprovalEvent | null {
  if (!isApprovalType(type)) return null;
  const { time, data } = readCloudEvent<unknown>(bytes);
  return eventOf(type, time, data);
}

/** Reads a fresh event; null for other events. */
export function readNew({ type, time, data }: NewEvent): ApprovalEvent | null {
  return isApprovalType(type) ? eventOf(type, time, data) : null;
}

/** One branch per type: the schema that checks the data is also what tells the compiler its shape. */
function eventOf(type: ApprovalEventType, time: string, data: unknown): ApprovalEvent {
  switch (type) {
    case 'approval.requested':
      return { type, time, data: approvalEvents[type].parse(data) };
    case 'approval.voted':
      return { type, time, data: approvalEvents[type].parse(data) };
    case 'approval.consumed':
      return { type, time, data: approvalEvents[type].parse(data) };
    case 'approval.expired':
      return { type, time, data: approvalEvents[type].parse(data) };
    default:
      return { type, time, data: approvalEvents[type].parse(data) };
  }
}
