import type { Call } from '@sallyport/contracts';
import type { Approvals } from './dependencies.ts';
import { freshApprovals } from './fresh-approvals.ts';

/** Approvals that note in which order they are used. */
function noting(readable = true) {
  const used: string[] = [];
  const note =
    <Answer>(what: string, answer: Answer) =>
    (): Answer => {
      used.push(what);
      return answer;
    };
  const approvals: Partial<Approvals> = {
    async catchUp(tenants) {
      used.push(`read ${tenants.join()}`);
      if (!readable) throw new Error('no record');
    },
    forCall: note('forCall', []),
    askedBy: note('askedBy', { pending: 0, total: 0, refused: 0 }),
    list: note('list', Promise.resolve([])),
    question: note('question', Promise.resolve(null)),
  };
  return { used, fresh: freshApprovals(approvals as Approvals) };
}

const call = { tenant: 'acme' } as Partial<Call> as Call;
const ways: [string, (from: Approvals) => unknown][] = [
  ['forCall', (from) => from.forCall(call)],
  ['askedBy', (from) => from.askedBy('acme', { id: 'ada', issuer: 'development' })],
  ['list', (from) => from.list('acme')],
  ['question', (from) => from.question('acme', 'a1')],
];

test.each(ways)('%s reads the record of its tenant first', async (name, ask) => {
  const { used, fresh } = noting();
  await ask(fresh);
  expect(used).toEqual(['read acme', name]);
});

test.each(ways)('%s answers nothing old where the record can’t be read', async (_, ask) => {
  const { used, fresh } = noting(false);
  await expect(ask(fresh)).rejects.toThrow('no record');
  expect(used).toEqual(['read acme']);
});
