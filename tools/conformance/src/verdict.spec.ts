import { type Fault, judgeLeg, unused, type Lists, type ScenarioOutcome } from './verdict.mjs';

const lists: Lists = {
  required: [{ legs: ['server'], scenarios: ['ping', 'both', 'caching'] }],
  notThere: [
    { legs: ['server 2025'], scenarios: ['tasks', 'both'], why: 'Not offered.' },
    { legs: ['client'], scenarios: ['auth'], why: 'Not a client of theirs.' },
  ],
  deviations: [
    { legs: ['server'], scenarios: ['caching'], profiles: ['full guard'], checks: ['shared'], why: 'Lists differ.' },
  ],
};
const fault = (check: string, status: Fault['status'] = 'FAILURE'): Fault => ({ check, status, said: 'it is broken' });
const good: ScenarioOutcome = { passed: 2, failed: 0, faults: [] };
const bad: ScenarioOutcome = { passed: 1, failed: 1, faults: [fault('alive')] };
const warned: ScenarioOutcome = { passed: 1, failed: 0, faults: [fault('alive', 'WARNING')] };
const empty: ScenarioOutcome = { passed: 0, failed: 0, faults: [] };
const deviating: ScenarioOutcome = { passed: 1, failed: 1, faults: [fault('shared')] };
const deviatingMore: ScenarioOutcome = { passed: 1, failed: 2, faults: [fault('shared'), fault('alive')] };
const deviatingAlone: ScenarioOutcome = { passed: 0, failed: 1, faults: [fault('shared')] };

function judge(scenario: string, outcome: ScenarioOutcome, leg = 'server 2025 to legacy', profile = 'full guard') {
  return judgeLeg({ profile, leg }, new Map([[scenario, outcome]]), lists)[0];
}

describe('the verdict on a scenario', () => {
  it.each([
    ['is required and fails', 'ping', bad, 'failed', 'alive (FAILURE): it is broken'],
    ['is required and warned about', 'ping', warned, 'failed', 'alive (WARNING): it is broken'],
    ['is required and checks nothing', 'ping', empty, 'failed', ''],
    ['is listed and passes', 'tasks', good, 'stale', 'It passes: require it.'],
    ['is in neither list and passes', 'news', good, 'unlisted', 'It passes: require it.'],
    ['is in neither list and fails', 'news', bad, 'unlisted', 'alive (FAILURE): it is broken'],
    ['is in both lists', 'both', good, 'unlisted', 'It is in both lists.'],
    ['deviates in one more check', 'caching', deviatingMore, 'failed', 'alive (FAILURE): it is broken'],
    ['has nothing but deviations', 'caching', deviatingAlone, 'failed', ''],
    ['deviates no more', 'caching', good, 'stale', 'Nothing deviates any more: shared'],
  ] as const)('that %s is wrong', (...[, scenario, outcome, state, note]) => {
    expect(judge(scenario, outcome)).toMatchObject({ state, note, wrong: true });
  });

  it('counts a list only in its legs, and a deviation only in its profiles', () => {
    expect(judge('tasks', bad, 'server 2026 to modern')).toMatchObject({ state: 'unlisted', wrong: true });
    expect(judge('ping', good, 'client 2025')).toMatchObject({ state: 'unlisted', wrong: true });
    expect(judge('caching', deviating, 'server 2025', 'open')).toMatchObject({ state: 'failed', wrong: true });
    expect(judge('caching', good, 'server 2025', 'open')).toMatchObject({ state: 'passed', wrong: false });
  });

  it('is right where it passes as required, deviates as listed, or is not there yet for a reason', () => {
    expect(judge('ping', good)).toMatchObject({ state: 'passed', wrong: false });
    expect(judge('caching', deviating)).toMatchObject({ state: 'passed', wrong: false, note: 'shared: Lists differ.' });
    expect(judge('tasks', bad)).toMatchObject({ state: 'not there yet', wrong: false, note: 'Not offered.' });
    expect(judge('tasks', empty)).toMatchObject({ state: 'not there yet', wrong: false });
  });
});

it('names entries that nothing ran for', () => {
  const ran = new Map(['ping', 'both', 'tasks', 'auth', 'caching'].map((name) => [name, good]));
  const rows = judgeLeg({ profile: 'open', leg: 'server 2025 to legacy' }, ran, lists);
  expect(unused(lists, rows)).toEqual(['auth was not run in client', 'caching was not run in server or full guard']);
});
