import { createSecretKey } from 'node:crypto';
import { createMemoryJournal, createMemorySpool } from '@sallyport/adapter-memory';
import {
  type Commit,
  CommitRefused,
  type Journal,
  JournalUnavailable,
  type JsonObject,
  type Outcome,
} from '@sallyport/contracts';
import { canonical, hmacSha256 } from '@sallyport/base';
import { sampleCall, sampleCommit, sampleWrite } from '@sallyport/testing';
import { createOutcomeRecorder } from './outcome-recorder.ts';

const key = createSecretKey(Buffer.alloc(32, 7));

function recorder(answer: (commit: Commit) => void) {
  const { journal } = createMemoryJournal();
  const spool = createMemorySpool();
  const incidents: string[] = [];
  const observer = {
    decided: () => undefined,
    finished: () => undefined,
    incident: (what: string) => incidents.push(what),
  };
  const picky: Journal = {
    ...journal,
    async commit(commit) {
      answer(commit);
      return journal.commit(commit);
    },
  };
  const clock = { now: () => 0, monotonic: () => 0 };
  const ids = { ulid: () => 'id', random: () => 'x' };
  return {
    outcomes: createOutcomeRecorder({ journal: picky, spool, observer, clock, ids, keys: { digestKey: () => key } }),
    spool,
    journal,
    incidents,
  };
}

describe('what was spooled', () => {
  it('stays spooled while the journal is away', async () => {
    let away = true;
    const { outcomes, spool, journal } = recorder(() => {
      if (away) throw new JournalUnavailable('away');
    });
    await spool.append(sampleCommit([sampleWrite('call/1', 'any')]));
    await expect(outcomes.drain()).rejects.toBeInstanceOf(JournalUnavailable);
    away = false;
    expect(await outcomes.drain()).toBe(1);
    expect(await journal.readStream('shop', 'call/1')).toHaveLength(1);
  });

  it('and will never be taken is set aside and told, and keeps nothing behind it', async () => {
    const { outcomes, spool, journal, incidents } = recorder(({ writes }) => {
      if (writes[0]?.stream === 'call/1') throw new CommitRefused('never');
    });
    for (const call of ['call/1', 'call/2']) await spool.append(sampleCommit([sampleWrite(call, 'any')]));
    expect(await outcomes.drain()).toBe(2);
    expect(incidents).toEqual(['outcome_refused']);
    expect(await journal.readStream('shop', 'call/2')).toHaveLength(1);
  });
});

it('addresses that a user was sent to take a bounded part of the event', async () => {
  const { outcomes, journal } = recorder(() => undefined);
  const outcome = { kind: 'error', code: -32042, message: '' } as const;
  const elicitations = [{ url: 'https://x.example/' }, { url: `https://x.example/${'ü'.repeat(16_000)}` }];
  await outcomes.record(sampleCall(), { outcome, value: {}, changes: [], elicitations, elapsedUs: 1 });
  const [stored] = await journal.readAll('shop', { after: 0, limit: 1 });
  const { addresses } = JSON.parse(Buffer.from(stored?.bytes ?? []).toString()).data;
  expect(addresses).toEqual(['https://x.example/', expect.stringMatching(/^https:\/\/x.example\/ü+…sha256:/)]);
  expect(stored?.bytes.length).toBeLessThan(5_000);
});

describe('the result that a client is given', () => {
  async function recorded(value: JsonObject): Promise<unknown> {
    const { outcomes, journal } = recorder(() => undefined);
    const outcome: Outcome = { kind: 'result', result: { content: [], secret: 'x' } };
    await outcomes.record(sampleCall(), { outcome, value, changes: [], elapsedUs: 1 });
    const [stored] = await journal.readAll('shop', { after: 0, limit: 1 });
    return JSON.parse(Buffer.from(stored?.bytes ?? []).toString()).data.result;
  }

  it('is on record by its keyed digest, as it was sanitized', async () => {
    const value = { isError: false, content: [{ type: 'text', text: 'é' }] };
    expect(await recorded(value)).toBe(hmacSha256(key, canonical(value)));
  });

  it('that has no canonical form costs its outcome no record', async () => {
    expect(await recorded({ content: '\ud800' })).toBeUndefined();
  });
});
