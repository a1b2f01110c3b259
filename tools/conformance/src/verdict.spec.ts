import { judgeLeg, unused, type Lists, type ScenarioOutcome } from './verdict.mjs';

const lists: Lists = {
  required: [{ legs: ['server'], scenarios: ['ping', 'both'] }],
  notThere: [
    { legs: ['server 2025'], scenarios: ['tasks', 'both'], why: 'Not offered.' },
    { legs: ['client'], scenarios: ['auth'], why: 'Not a client of theirs.' },
  ],
};
const good: ScenarioOutcome = { passed: 2, failed: 0, faults: [] };
const bad: ScenarioOutcome = { passed: 1, failed: 1, faults: ['it is broken'] };
const empty: ScenarioOutcome = { passed: 0, failed: 0, faults: [] };

function judge(scenario: string, outcome: ScenarioOutcome, leg = 'server 2025 to legacy') {
  return judgeLeg(leg, new Map([[scenario, outcome]]), lists)[0];
}

describe('the verdict on a scenario', () => {
  it.each([
    ['is required and fails', 'ping', bad, 'failed', 'it is broken'],
    ['is required and checks nothing', 'ping', empty, 'failed', ''],
    ['is listed and passes', 'tasks', good, 'stale', 'It passes: require it.'],
    ['is in neither list and passes', 'news', good, 'unlisted', 'It passes: require it.'],
    ['is in neither list and fails', 'news', bad, 'unlisted', 'it is broken'],
    ['is in both lists', 'both', good, 'unlisted', 'It is in both lists.'],
  ] as const)('that %s is wrong', (...[, scenario, outcome, state, note]) => {
    expect(judge(scenario, outcome)).toMatchObject({ state, note, wrong: true });
  });

  it('counts a list only in its legs', () => {
    expect(judge('tasks', bad, 'server 2026 to modern')).toMatchObject({ state: 'unlisted', wrong: true });
    expect(judge('ping', good, 'client 2025')).toMatchObject({ state: 'unlisted', wrong: true });
  });

  it('is right where it passes as required, or is not there yet for a reason', () => {
    expect(judge('ping', good)).toMatchObject({ state: 'passed', wrong: false });
    expect(judge('tasks', bad)).toMatchObject({ state: 'not there yet', wrong: false, note: 'Not offered.' });
    expect(judge('tasks', empty)).toMatchObject({ state: 'not there yet', wrong: false });
  });
});

it('names entries that nothing ran for', () => {
  const rows = judgeLeg(
    'server 2025 to legacy',
    new Map(['ping', 'both', 'tasks', 'auth'].map((name) => [name, good])),
    lists,
  );
  expect(unused(lists, rows)).toEqual(['auth was not run in client']);
});
