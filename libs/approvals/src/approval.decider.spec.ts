import type { ApprovalNeed, EventData } from '@sallyport/contracts';
import fc from 'fast-check';
import { approval, type ApprovalCommand, type ApprovalFact } from './approval.decider.ts';
import type { ApprovalEvent, ApprovalState, CastVote, Person, Question } from './approval-state.ts';
import { areMet } from './eligibility.ts';

const digest = `sha256:${'a'.repeat(43)}`;
const ISSUER = 'https://id.example.com';
type Somebody = Person & { readonly roles: readonly string[] };
const somebody = (ref: string, ...roles: string[]): Somebody => ({
  ref,
  issuer: ISSUER,
  likeness: `${ref}_like`,
  roles,
});
const alice = somebody('sub_alice', 'finance');
const bob = somebody('sub_bob', 'finance');
const carol = somebody('sub_carol', 'finance', 'legal');
const dave = somebody('sub_dave');
const operator: Somebody = { ref: 'sub_op', issuer: 'local', likeness: 'sub_op_like', roles: ['admin', 'finance'] };
/** The same id at another issuer. */
const elsewhere = (who: Somebody): Somebody => ({ ...who, ref: `${who.ref}_2`, issuer: 'https://other.example.com' });
const people = [alice, bob, carol, dave];

const need = (who: ApprovalNeed['who'], count = 1, group: string | null = null): ApprovalNeed => ({
  who,
  count,
  group,
  rule: 'r',
});

function requested(needs: readonly ApprovalNeed[]): EventData['approval.requested'] {
  return {
    tenant: 'shop',
    approval: 'A-1',
    call_id: 'C-1',
    call: digest,
    definition: null,
    resources: digest,
    requester: { ref: 'sub_alice', issuer: ISSUER, likeness: 'sub_alice_like' },
    agent: 'cli_agent',
    upstream: 'orders',
    tool: 'refund_order',
    needs: [...needs],
    ask: digest,
    decide_by: new Date(1_000).toISOString(),
    execute_within_ms: 500,
  };
}

/** Runs commands; the time of an event is the time that its command named. */
function run(commands: readonly ApprovalCommand[], from: ApprovalState = approval.initialState) {
  let state = from;
  const facts: (ApprovalFact & { at: number })[] = [];
  const refusals: (string | null)[] = [];
  for (const command of commands) {
    const decided = approval.decide(state, command);
    refusals.push(decided.accepted ? null : decided.refusal);
    const at = 'at' in command ? command.at : 0;
    for (const fact of decided.accepted ? decided.events : []) {
      facts.push({ ...fact, at });
      state = approval.evolve(state, { ...fact, time: new Date(at).toISOString() } as ApprovalEvent);
    }
  }
  return { state, facts, refusals };
}

const request = (...needs: ApprovalNeed[]): ApprovalCommand => ({ type: 'request', data: requested(needs) });
const yes = ({ roles, ...voter }: Somebody, at = 100): ApprovalCommand => ({
  type: 'vote',
  voter,
  roles,
  answer: 'approve',
  channel: 'cli',
  client: null,
  at,
});
const no = (voter: Somebody, at = 100): ApprovalCommand => ({ ...yes(voter, at), answer: 'reject' }) as ApprovalCommand;
const through = (channel: CastVote['channel'], who: Somebody): ApprovalCommand =>
  ({ ...yes(who), channel, client: 'cli_agent' }) as ApprovalCommand;
const consume = (at = 200): ApprovalCommand => ({ type: 'consume', callId: 'C-2', at });

test('a vote is recorded with the roles that are asked for alone, however many a token names', () => {
  const many = Array.from({ length: 10_000 }, (_, at) => `role-${at}`);
  const { facts, state } = run([request(need('group', 1, 'finance')), yes({ ...bob, roles: [...many, 'finance'] })]);
  expect(facts.at(-1)).toMatchObject({ type: 'approval.voted', data: { roles: ['finance'] } });
  expect(state.status).toBe('approved');
});

test.each<[string, ApprovalCommand[], string]>([
  ['a vote on nothing', [yes(bob)], 'unknown'],
  ['the requester for other', [request(need('other')), yes(alice)], 'same_person'],
  ['the requester for a group of theirs', [request(need('group', 1, 'finance')), yes(alice)], 'same_person'],
  ['the requester’s id at another issuer for other', [request(need('other')), yes(elsewhere(alice))], 'same_person'],
  [
    'the requester’s id at another issuer for a group',
    [request(need('group', 1, 'finance')), yes(elsewhere(alice))],
    'same_person',
  ],
  ['one person at two issuers twice', [request(need('other', 2)), yes(bob), yes(elsewhere(bob))], 'already_voted'],
  [
    'somebody whose likeness nobody knows',
    [request(need('other')), yes({ ...bob, likeness: undefined })],
    'same_person',
  ],
  ['the operator for other', [request(need('other')), yes(operator)], 'operator'],
  ['the operator for a role of its own', [request(need('group', 1, 'admin')), yes(operator)], 'operator'],
  ['the operator for self', [request(need('self')), yes(operator)], 'operator'],
  ['the agent’s own token for self', [request(need('self')), through('cli', alice)], 'agent'],
  ['the agent’s own token for other', [request(need('other')), through('api', bob)], 'agent'],
  ['somebody else for self', [request(need('self')), yes(bob)], 'not_eligible'],
  ['somebody without the role', [request(need('group', 1, 'finance')), yes(dave)], 'not_eligible'],
  [
    'somebody of the same name at another issuer for self',
    [request(need('self')), yes({ ...alice, issuer: 'https://evil.example' })],
    'same_person',
  ],
  ['a group without a name', [request(need('group')), yes(bob)], 'not_eligible'],
  ['no needs', [request(), yes(bob)], 'not_eligible'],
  ['a second vote', [request(need('other', 2)), yes(bob), yes(bob)], 'already_voted'],
  ['a late vote', [request(need('other')), yes(bob, 1_001)], 'too_late'],
  ['use before it is granted', [request(need('other', 2)), yes(bob), consume()], 'not_approved'],
  ['use after a no', [request(need('other', 2)), yes(bob), no(carol), consume()], 'closed'],
  ['late use', [request(need('self')), yes(alice), consume(601)], 'too_late'],
  ['second use', [request(need('self')), yes(alice), consume(), consume()], 'closed'],
  ['a vote when it is granted', [request(need('other')), yes(bob), no(carol)], 'already_approved'],
  ['running out before its time', [request(need('self')), { type: 'expire', at: 1_000 }], 'not_due'],
  ['taking back what another asked', [request(need('self')), { type: 'cancel', by: bob }], 'not_requester'],
  ['use after taking back', [request(need('self')), yes(alice), { type: 'cancel', by: alice }, consume()], 'closed'],
  ['asking twice', [request(need('self')), request(need('self'))], 'exists'],
])('refused: %s', (_, commands, refusal) => {
  const { refusals } = run(commands);
  expect(refusals.at(-1)).toBe(refusal);
  expect(refusals.slice(0, -1).every((earlier) => earlier === null)).toBe(true);
});

test('two of finance and one other need two people when one of them is both', () => {
  const { state } = run([request(need('group', 2, 'finance'), need('other')), yes(bob)]);
  expect(state.status).toBe('requested');
  expect(run([yes(carol, 150)], state).state).toMatchObject({ status: 'approved', executeBy: 650 });
});

test('self and a group are both needed', () => {
  const { state } = run([request(need('self'), need('group', 1, 'legal')), yes(carol)]);
  expect(state.status).toBe('requested');
  expect(run([yes(alice)], state).state.status).toBe('approved');
});

test('one person at two issuers counts once, even where both votes are on record', () => {
  const { question } = run([request(need('other', 2))]).state as { question: Question };
  const voted = [bob, elsewhere(bob)].map((voter): CastVote => ({
    voter,
    roles: [],
    answer: 'approve',
    channel: 'cli',
    at: 1,
  }));
  expect(areMet(question, voted)).toBe(false);
  expect(areMet(question, [...voted, { voter: carol, roles: [], answer: 'approve', channel: 'cli', at: 1 }])).toBe(
    true,
  );
});

test('the operator can stop what it can’t approve', () => {
  expect(run([request(need('self')), no(operator)]).state.status).toBe('rejected');
  expect(run([request(need('group', 2, 'finance')), yes(bob), no(operator)]).state.status).toBe('rejected');
});

test('the client of the call may bring its user’s answer to a form', () => {
  expect(run([request(need('self')), through('elicitation', alice)]).state.status).toBe('approved');
});

test('one no of somebody who may vote rejects', () => {
  expect(run([request(need('other', 3)), yes(bob), no(dave)]).state.status).toBe('rejected');
});

test('at its last moment a vote counts and a grant can be used', () => {
  expect(run([request(need('self')), yes(alice, 1_000), consume(1_500)]).state.status).toBe('consumed');
});

test('it runs out, and says of what', () => {
  expect(run([request(need('self')), { type: 'expire', at: 1_001 }]).state).toMatchObject({
    status: 'expired',
    reason: 'decide_by',
  });
  expect(run([request(need('self')), yes(alice), { type: 'expire', at: 601 }]).state).toMatchObject({
    reason: 'execute_by',
  });
  expect(run([request(need('self')), { type: 'expire', at: 1, superseded: true }]).state).toMatchObject({
    reason: 'superseded',
  });
});

const anyNeed: fc.Arbitrary<ApprovalNeed> = fc.record({
  who: fc.constantFrom('self' as const, 'other' as const, 'group' as const),
  count: fc.integer({ min: 0, max: 3 }),
  group: fc.constantFrom(null, 'finance', 'legal'),
  rule: fc.constant('r'),
});
const anyTime = fc.integer({ min: 0, max: 2_000 });
const anyCommand: fc.Arbitrary<ApprovalCommand> = fc.oneof(
  fc.array(anyNeed, { maxLength: 3 }).map((needs) => request(...needs)),
  { weight: 5, arbitrary: fc.tuple(fc.constantFrom(...people), anyTime).map(([person, at]) => yes(person, at)) },
  fc.tuple(fc.constantFrom(...people), anyTime).map(([person, at]) => no(person, at)),
  { weight: 3, arbitrary: anyTime.map((at) => consume(at)) },
  anyTime.map((at): ApprovalCommand => ({ type: 'expire', at })),
  fc.constantFrom(...people).map((by): ApprovalCommand => ({ type: 'cancel', by })),
);
const anyCommands = fc
  .tuple(fc.array(anyNeed, { minLength: 1, maxLength: 3 }), fc.array(anyCommand, { maxLength: 25 }))
  .map(([needs, commands]) => [request(...needs), ...commands]);

test('no sequence of commands uses an approval twice, or changes a used one', () => {
  fc.assert(
    fc.property(anyCommands, (commands) => {
      const { facts } = run(commands);
      const used = facts.findIndex(({ type }) => type === 'approval.consumed');
      expect(used === -1 || used === facts.length - 1).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test('no sequence of commands uses an approval without enough distinct people who may say yes, in time', () => {
  fc.assert(
    fc.property(anyCommands, (commands) => {
      const { state, facts } = run(commands);
      if (state.status !== 'approved' && state.status !== 'consumed') return;
      expect(areMet(state.question, state.votes)).toBe(true);
      for (const { who, count, group } of state.question.needs) {
        const may = people.filter(({ ref, roles }) =>
          who === 'self'
            ? ref === 'sub_alice'
            : ref !== 'sub_alice' && (who === 'other' || roles.includes(group ?? '')),
        );
        const said = new Set(facts.flatMap((fact) => (fact.type === 'approval.voted' ? [fact.data.voter.ref] : [])));
        expect(may.filter(({ ref }) => said.has(ref)).length).toBeGreaterThanOrEqual(Math.max(1, count));
      }
      expect(facts.every(({ type, at }) => type !== 'approval.voted' || at <= 1_000)).toBe(true);
      expect(facts.some((fact) => fact.type === 'approval.voted' && fact.data.answer === 'reject')).toBe(false);
    }),
    { numRuns: 2_000 },
  );
});

test('whatever events come after it, a used approval stays as it is', () => {
  fc.assert(
    fc.property(anyCommands, anyCommands, (commands, others) => {
      const { state } = run([request(need('self')), yes(alice), consume(), ...commands]);
      const later = run(others).facts.reduce(
        (current: ApprovalState, fact) =>
          approval.evolve(current, { ...fact, time: new Date(fact.at).toISOString() } as ApprovalEvent),
        state,
      );
      expect(state.status).toBe('consumed');
      expect(later).toBe(state);
    }),
  );
});
