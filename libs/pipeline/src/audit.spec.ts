import { createSecretKey } from 'node:crypto';
import { createMemoryCounters, createMemoryJournal } from '@sallyport/adapter-memory';
import { configSchema, type Journal, type Verdict } from '@sallyport/contracts';
import { sampleEnvelope } from '@sallyport/testing';
import { createAudit } from './audit.ts';
import { createCoalescer } from './coalescer.ts';

const key = createSecretKey(Buffer.alloc(32, 7));
const clock = { now: () => 1_000_000, monotonic: () => 0 };
const approval = { id: 'A-1', act: 'consume', version: 2 } as const;
const verdicts: readonly Verdict[] = [
  { guard: 'policy', effect: 'hold', reason: 'ask_people', requirements: [] },
  { guard: 'people', effect: 'pass', satisfies: ['policy'], approval },
];

/** Audit over a journal in which somebody else has just used every approval. */
function setUp() {
  const { journal: real, directory } = createMemoryJournal();
  const journal: Journal = {
    ...real,
    commit: async (request) =>
      request.writes.length > 1 ? { status: 'conflict', stream: 'approval/A-1', version: 3 } : real.commit(request),
  };
  let next = 0;
  const ids = {
    ulid: () => String((next += 1)).padStart(26, '0'),
    random: (bytes: number) => Buffer.alloc(bytes, (next += 1)).toString('base64url'),
  };
  const observer = { decided: () => undefined, finished: () => undefined, incident: () => undefined };
  const records = { clock, ids, directory, keys: { digestKey: () => key, sealKey: () => key.export() }, observer };
  return createAudit({
    ...records,
    journal,
    guards: [
      { id: 'policy', grants: true, station: 'authorization' },
      { id: 'people', grants: false, station: 'confirmation' },
    ],
    counters: createMemoryCounters({ clock }),
    projection: { apply: () => undefined, catchUp: async () => undefined },
    approvalJudges: [],
    coalescer: createCoalescer({ ...records, journal }),
    approvals: configSchema.parse({ upstreams: {} }).approvals,
  });
}

test('an approval that somebody else used first refuses the call, in the name of the guard that relied on it', async () => {
  const { decision } = await setUp().release(sampleEnvelope({ verdicts }));
  expect(decision).toMatchObject({ effect: 'deny', reason: 'approval_conflict', guard: 'people' });
});
