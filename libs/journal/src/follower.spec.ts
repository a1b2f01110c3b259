import { type Journal, JournalUnavailable, type StoredEvent } from '@sallyport/contracts';
import { sampleCommit, sampleWrite } from '@sallyport/testing';
import { createArrayJournal } from '../test/array-journal.ts';
import { createFollower, type FollowerParts } from './follower.ts';

function started(parts: Partial<FollowerParts> = {}) {
  const { journal } = createArrayJournal();
  const taken: number[] = [];
  const take = ({ sequence }: StoredEvent): void => void taken.push(sequence);
  const follower = createFollower({ journal, tenant: 'shop', take, ...parts });
  const write = (stream: string, count = 1) => journal.commit(sampleCommit([sampleWrite(stream, 'any', count)]));
  return { journal, taken, follower, write };
}

describe('createFollower', () => {
  it('fails where the journal can’t be read, and goes on where it was', async () => {
    const { journal } = createArrayJournal();
    let away = false;
    const readAll: Journal['readAll'] = (tenant, options) =>
      away ? Promise.reject(new JournalUnavailable('away')) : journal.readAll(tenant, options);
    const { taken, follower } = started({ journal: { readAll } });
    await journal.commit(sampleCommit([sampleWrite('call/1', 0)]));
    await follower.catchUp();
    away = true;
    await expect(follower.catchUp()).rejects.toThrow(JournalUnavailable);
    away = false;
    await journal.commit(sampleCommit([sampleWrite('call/1', 1)]));
    await follower.catchUp();
    expect(taken).toEqual([1, 2]);
  });

  it('gives an event that could not be taken again, and none that was', async () => {
    const taken: number[] = [];
    let fails = true;
    const { follower, write } = started({
      async take({ sequence }) {
        if (sequence === 2 && fails) throw new Error('no name for it now');
        taken.push(sequence);
      },
    });
    await write('call/1', 3);
    await expect(follower.catchUp()).rejects.toThrow('no name for it now');
    fails = false;
    await follower.catchUp();
    expect(taken).toEqual([1, 2, 3]);
  });

  it('takes nothing twice, however many ask at once, and what was written while it read', async () => {
    const { taken, follower, write } = started();
    await write('call/1', 1_500);
    const first = follower.catchUp();
    await write('call/1');
    await Promise.all([first, follower.catchUp(), follower.catchUp()]);
    expect(taken).toEqual(Array.from({ length: 1_501 }, (_, at) => at + 1));
  });

  it('lets those who ask during a reading share the next one, which sees what was written meanwhile', async () => {
    const events: StoredEvent[] = [];
    const readings: (() => void)[] = [];
    const readAll: Journal['readAll'] = (_, { after }) =>
      new Promise((resolve) => {
        const seen = events.filter(({ sequence }) => sequence > after); // what is there when the reading begins
        readings.push(() => resolve(seen));
      });
    const { taken, follower } = started({ journal: { readAll } });
    const first = follower.catchUp();
    events.push({ sequence: 1 } as StoredEvent);
    const others = Promise.all(Array.from({ length: 100 }, () => follower.catchUp()));
    readings[0]?.();
    await first;
    expect(taken).toEqual([]);
    readings[1]?.();
    await others;
    expect([taken, readings.length]).toEqual([[1], 2]);
  });

  it('begins behind a sequence, and takes streams of one kind', async () => {
    const { taken, follower, write } = started({ after: 1, kind: 'approval' });
    for (const stream of ['approval/1', 'approval/1', 'call/1', 'approval/2']) await write(stream);
    await follower.catchUp();
    expect(taken).toEqual([2, 4]);
  });

  it('takes a page in one turn where taking takes no time, so that nobody sees half of it', async () => {
    const { taken, follower, write } = started();
    await write('call/1', 2);
    let between: number | null = null;
    const seen: number[] = [];
    const done = follower.catchUp().then(() => (between = taken.length));
    while (between === null) {
      seen.push(taken.length);
      await Promise.resolve();
    }
    await done;
    expect(new Set(seen)).toEqual(new Set([0, 2]));
  });
});
