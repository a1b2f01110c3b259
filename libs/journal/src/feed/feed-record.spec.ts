import type { StoredEvent } from '@sallyport/contracts';
import { sampleCommit, sampleWrite } from '@sallyport/testing';
import { createArrayJournal } from '../../test/array-journal.ts';
import { batchOf, FeedGap } from './batch.ts';
import { feedRecord } from './feed-record.ts';

async function stored(count: number): Promise<readonly StoredEvent[]> {
  const { journal } = createArrayJournal();
  await journal.commit(sampleCommit([sampleWrite('call/01A', 0, count)]));
  return journal.readAll('shop', { after: 0, limit: count });
}

describe('feedRecord', () => {
  it('refuses bytes that are no event', async () => {
    const [event] = await stored(1);
    expect(() => feedRecord({ ...(event as StoredEvent), bytes: Buffer.from('{') }, 'feed')).toThrow(SyntaxError);
  });

  it('carries the stored bytes, and repeats the attributes', async () => {
    const [, event] = await stored(2);
    const { id, bytes } = event as StoredEvent;
    expect(feedRecord(event as StoredEvent, 'feed')).toEqual({
      topic: 'feed',
      key: 'shop',
      value: bytes,
      headers: {
        ce_specversion: '1.0',
        ce_id: id,
        ce_source: '/gateway/7f3c',
        ce_type: 'dev.sallyport.gateway.stopped.v1',
        ce_subject: 'call/01A',
        ce_time: '2026-11-23T09:15:02.113Z',
        ce_sequence: '000000000000000002',
        'content-type': 'application/cloudevents+json; charset=UTF-8',
      },
    });
  });
});

describe('batchOf', () => {
  it('refuses to begin behind a gap, and ends before one', async () => {
    const [first, second, third, fourth] = (await stored(4)) as [StoredEvent, StoredEvent, StoredEvent, StoredEvent];
    expect(() => batchOf([second], 0)).toThrow(FeedGap);
    expect(batchOf([first, second, fourth], 0)).toEqual([first, second]);
    expect(batchOf([third, fourth], 2)).toEqual([third, fourth]);
    expect(batchOf([], 0)).toEqual([]);
  });

  it('takes no more than fits in a request, but always one', async () => {
    const large = (await stored(3)).map((event) => ({ ...event, bytes: new Uint8Array(300 * 1024) }));
    expect(batchOf(large, 0)).toHaveLength(1);
    const huge = large.map((event) => ({ ...event, bytes: new Uint8Array(900 * 1024) }));
    expect(batchOf(huge, 0)).toHaveLength(1);
  });
});
