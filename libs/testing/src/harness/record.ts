import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type EventData, type EventType, events } from '@sallyport/contracts';
import { type RecordedEvent, recordedEvent, type RecordedRow } from '../builders/recorded-event.ts';

const SQL = `SELECT name AS tenant, sequence, stream, type, bytes, leaf
  FROM events JOIN tenants ON tenants.key = events.tenant ORDER BY position`;

/** Every event of every tenant, in the order of commits. */
export function recorded(data: string): RecordedEvent[] {
  const db = new DatabaseSync(join(data, 'journal.db'), { readOnly: true, timeout: 5_000 });
  try {
    return (db.prepare(SQL).all() as unknown[] as RecordedRow[]).map(recordedEvent);
  } finally {
    db.close();
  }
}

/** The events of one type, oldest first. */
export function recordedOf<Type extends EventType>(data: string, type: Type): RecordedEvent<Type>[] {
  return recorded(data).filter((event): event is RecordedEvent<Type> => event.type === type);
}

/** The decision on one call, and what came of it: `['allow', 'allowed', 'call.completed']`. */
export function storyOf(data: string, callId: string): string[] {
  return recorded(data)
    .filter(({ stream }) => stream === `call/${callId}`)
    .flatMap(({ type, data: said }) =>
      type === 'call.decided'
        ? [(said as EventData['call.decided']).decision, (said as EventData['call.decided']).reason]
        : [type],
    );
}

/** The one `call.decided` of a call. */
export function decisionOn(data: string, callId: string): EventData['call.decided'] {
  const [event] = recordedOf(data, 'call.decided').filter(({ stream }) => stream === `call/${callId}`);
  if (event === undefined) throw new Error(`nothing was decided on ${callId}`);
  return event.data;
}

/** Reasons of `request.refused`, oldest first. */
export function refusedRequests(data: string): string[] {
  return recordedOf(data, 'request.refused').map((event) => event.data.reason);
}

/**
 * What is wrong with a journal as a whole: events that break their schema, gaps, wrong leaf hashes, events that no
 * tenant of the list should have, and planted values in the clear. Empty when all is well.
 */
export function faultsIn(data: string, planted: readonly string[] = []): string[] {
  return faultsOf(recorded(data), planted);
}

/** Shorter ones stand in digests and pseudonyms by chance, now and then. */
const leastPlanted = 5;

/** The same of events that were read from whatever journal. @throws TypeError for a planted value that is too short */
export function faultsOf(journal: readonly RecordedEvent[], planted: readonly string[] = []): string[] {
  const short = planted.find(({ length }) => length < leastPlanted);
  if (short !== undefined)
    throw new TypeError(`"${short}" is found by chance: plant at least ${leastPlanted} characters`);
  const faults: string[] = [];
  const heads = new Map<string, number>();
  for (const { tenant, sequence, type, bytes, leaf, data: said } of journal) {
    const at = `${tenant}/${sequence} ${type}`;
    const parsed = events[type].strict().safeParse(said);
    if (!parsed.success) faults.push(`${at}: ${parsed.error.message}`);
    if (sequence !== (heads.get(tenant) ?? 0) + 1) faults.push(`${at}: a gap`);
    heads.set(tenant, sequence);
    const hash = createHash('sha256').update(Buffer.of(0)).update(bytes).digest();
    if (!hash.equals(leaf)) faults.push(`${at}: a wrong leaf hash`);
    for (const value of planted) if (bytes.includes(value)) faults.push(`${at}: holds ${value}`);
  }
  return faults;
}

/** The token of the local operator. */
export function operatorToken(data: string): string {
  return readFileSync(join(data, 'admin.token'), 'utf8').trim();
}
