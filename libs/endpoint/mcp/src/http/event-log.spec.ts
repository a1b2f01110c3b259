import { jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { freeSession } from '../protocol/sessions.ts';
import { people } from '../testing/fake-gateway.ts';
import { createEventLogs, type EventLog } from './event-log.ts';
import { readEventId } from './event-ids.ts';

const ids = { ulid: () => '', random: (bytes: number) => randomBytes(bytes).toString('base64url') };
const live = { resume: () => undefined, seen: () => undefined };
const bounds = { own: { streams: 4, size: 1_000 }, all: { streams: 10, size: 2_000 } };
const sessionOf = (id: string) => {
  const principal = people['alice'];
  if (principal === undefined) throw new Error('nobody');
  const subject = { ...principal.subject, id };
  const session = { version: '', principal: { ...principal, subject }, clientName: null, capabilities: {} };
  return freeSession(session, id, { asker: 'x' });
};

describe('event logs', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());
  const build = () => createEventLogs(ids, bounds);
  const isThere = (logs: ReturnType<typeof build>, log: EventLog, holder: string) => {
    const id = readEventId(log.first);
    return id !== null && logs.find(id, sessionOf(holder)) === log;
  };

  it('keep the newest of a holder, and of others what they had', () => {
    const logs = build();
    const other = logs.open(sessionOf('bob'), 1, live);
    const own = Array.from({ length: 10_000 }, (_, request) => logs.open(sessionOf('alice'), request, live));
    expect(own.filter((log) => isThere(logs, log, 'alice'))).toEqual(own.slice(-4));
    expect([isThere(logs, other, 'bob'), isThere(logs, other, 'alice')]).toEqual([true, false]);
  });

  it('keep no more than so many of all holders, and no timer of what they forgot', () => {
    const logs = build();
    const all = Array.from({ length: 10_000 }, (_, at) => {
      const log = logs.open(sessionOf(`${at}`), at, live);
      log.end('x'.repeat(100));
      return log;
    });
    expect(all.flatMap((log, at) => (isThere(logs, log, `${at}`) ? [at] : [])).length).toBe(10);
    expect(jest.getTimerCount()).toBe(10);
  });

  it('keep no answer that is larger than all of a holder may be, and leave the others alone', () => {
    const logs = build();
    const [small, large] = [logs.open(sessionOf('alice'), 1, live), logs.open(sessionOf('alice'), 2, live)];
    small.end('small');
    expect(large.end('x'.repeat(1_001)).text).toHaveLength(1_001);
    expect([isThere(logs, small, 'alice'), isThere(logs, large, 'alice')]).toEqual([true, false]);
    expect([large.after(0), large.add('more').text]).toEqual([[], 'more']);
  });

  it('forget the oldest by size', () => {
    const logs = build();
    const own = [1, 2, 3].map((request) => logs.open(sessionOf('alice'), request, live));
    for (const log of own) log.add('x'.repeat(400));
    expect(own.map((log) => isThere(logs, log, 'alice'))).toEqual([false, true, true]);
  });

  it('leave out the oldest of what comes before an answer', () => {
    const logs = createEventLogs(ids);
    const log = logs.open(sessionOf('alice'), 1, live);
    for (let at = 0; at < 10_000; at += 1) log.add('x'.repeat(100));
    log.end('answer');
    const kept = log.after(0);
    expect([kept.length, kept.at(-1)?.text]).toEqual([Math.floor(262_144 / 100) + 1, 'answer']);
  });

  it('forget an answer after a minute', () => {
    const logs = build();
    const log = logs.open(sessionOf('alice'), 1, live);
    jest.advanceTimersByTime(600_000);
    log.end('answer');
    jest.advanceTimersByTime(59_000);
    expect(isThere(logs, log, 'alice')).toBe(true);
    jest.advanceTimersByTime(1_000);
    expect(isThere(logs, log, 'alice')).toBe(false);
  });
});
