import type { Directory, EventData, JsonObject, JsonValue, StoredEvent } from '@sallyport/contracts';
import { readCloudEvent } from '@sallyport/journal';

/** The event as it is stored, parsed. */
export function cloudEventOf({ bytes }: StoredEvent): JsonObject {
  return readCloudEvent<JsonObject>(bytes);
}

const refusals = new Set(['call.refusals_coalesced', 'request.refused']);

/** Whether an event tells of a refusal: what `--deny` shows. */
export function isRefusal(stored: StoredEvent): boolean {
  if (stored.type !== 'call.decided') return refusals.has(stored.type);
  const { data } = readCloudEvent<EventData['call.decided']>(stored.bytes);
  return data.decision === 'deny';
}

const PERSON = /^(sub|cli)_[A-Za-z0-9_-]+$/;

/**
 * The names behind the pseudonyms of people and clients that events mention; erased ones are left out.
 *
 * @returns pseudonym to name
 */
export async function namesIn(
  directory: Directory,
  tenant: string,
  events: readonly JsonObject[],
): Promise<Readonly<Record<string, string>>> {
  const refs = new Set<string>();
  for (const event of events) collectRefs(event, refs);
  const found = await Promise.all([...refs].map(async (ref) => [ref, await directory.nameOf(tenant, ref)] as const));
  return Object.fromEntries(found.filter((entry): entry is [string, string] => entry[1] !== null));
}

function collectRefs(value: JsonValue, into: Set<string>): void {
  if (typeof value === 'string' && PERSON.test(value)) into.add(value);
  if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) collectRefs(member, into);
}
