import { commitment } from '@sallyport/base';
import { JournalUnavailable } from '@sallyport/contracts';
import { createArrayJournal } from '../test/array-journal.ts';
import { readCloudEvent } from './cloud-event.ts';
import { commitOf, recordFact } from './commit.ts';
import { newEvent } from './new-event.ts';
import { seal, sealedIn } from './sealed-value.ts';

let made = 0;
const parts = {
  clock: { now: () => Date.parse('2026-11-23T09:15:02.113Z') + 0.75 },
  ids: { ulid: () => `01J${made++}`, random: (bytes: number) => 'r'.repeat(bytes) },
};
const stopped = { type: 'gateway.stopped', source: '/gateway/7f3c', data: { tenant: 'shop', boot: '7f3c' } } as const;
beforeEach(() => void (made = 0));

describe('newEvent', () => {
  it('has an id and the time of its writer, in whole milliseconds, and no trace unless it belongs to a call', () => {
    expect(newEvent(parts, stopped)).toEqual({
      ...stopped,
      id: '01J0',
      time: '2026-11-23T09:15:02.113Z',
      traceparent: null,
    });
    expect(newEvent(parts, { ...stopped, traceparent: '00-0a-b7-01' }).traceparent).toBe('00-0a-b7-01');
  });

  it('has the time at which was decided, where that is known, and the next one its own again', () => {
    expect(newEvent(parts, { ...stopped, at: 0 }).time).toBe('1970-01-01T00:00:00.000Z');
    expect(newEvent(parts, stopped).time).toBe('2026-11-23T09:15:02.113Z');
  });
});

describe('commitOf', () => {
  const event = newEvent(parts, stopped);

  it('puts the event at the end of a stream of the tenant that it names, once', () => {
    const writes = [{ stream: 'call/1', expectedVersion: 'any', events: [event] }];
    expect(commitOf(event, { stream: 'call/1' })).toEqual({ tenant: 'shop', commandId: event.id, writes, sealed: [] });
  });

  it('takes the name of the act, the version that was read, and what is sealed beside it', () => {
    const sealed = sealedIn({ event, field: 'ask', subject: 'sub_1' }, seal(parts, 'Delete all?'));
    const commit = commitOf(event, { stream: 'call/1', commandId: 'asked/1', expectedVersion: 3, sealed: [sealed] });
    expect(commit).toMatchObject({ commandId: 'asked/1', writes: [{ expectedVersion: 3 }], sealed: [sealed] });
  });
});

describe('recordFact', () => {
  it('fails where nothing could be made durable', async () => {
    const journal = { commit: () => Promise.reject(new JournalUnavailable('full')) };
    await expect(recordFact({ ...parts, journal }, stopped)).rejects.toThrow(JournalUnavailable);
  });

  it('stands in the stream of its tenant', async () => {
    const { journal } = createArrayJournal();
    await recordFact({ ...parts, journal }, stopped);
    const [stored, ...more] = await journal.readStream('shop', 'tenant/shop');
    expect(more).toEqual([]);
    expect(readCloudEvent(stored?.bytes ?? new Uint8Array())).toMatchObject({ id: '01J0', data: stopped.data });
  });
});

describe('seal', () => {
  it('gives the commitment for the event, and the row that opens it', () => {
    const sealed = seal(parts, 'Delete all?');
    const salt = 'r'.repeat(32);
    expect(sealed).toEqual({ salt, value: 'Delete all?', commitment: commitment(salt, 'Delete all?') });
    expect(sealedIn({ event: { id: '01J' }, field: 'ask', subject: 'sub_1' }, sealed)).toEqual({
      ...{ event: '01J', field: 'ask', subject: 'sub_1' },
      salt,
      value: 'Delete all?',
    });
  });
});
