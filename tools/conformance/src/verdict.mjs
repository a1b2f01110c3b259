/**
 * What each scenario of one leg means, from its outcome and from what is expected of it. Answers rows `{ leg, scenario,
 * passed, failed, state, wrong, note }`; whatever is `wrong` must be put right, in the product or in the lists:
 *
 * - `passed`: required, and it did
 * - `failed` (wrong): required, and it did not
 * - `not there yet`: listed with a reason, and it did not pass
 * - `stale` (wrong): listed, and yet it passed
 * - `unlisted` (wrong): in neither list, or in both
 *
 * A scenario without a single check that succeeded has not passed: it found nothing to check.
 */
export function judgeLeg(leg, outcomes, lists) {
  return [...outcomes].map(([scenario, { passed, failed, faults }]) => {
    const required = entryOf(lists.required, leg, scenario) !== undefined;
    const why = entryOf(lists.notThere, leg, scenario)?.why;
    const ok = passed > 0 && failed === 0;
    return { leg, scenario, passed, failed, ...stateOf(ok, faults, { required, why }) };
  });
}

/** The entries `{ scenarios, legs, why? }` that no row is about, as sentences: the suite has no such scenario there. */
export function unused({ required, notThere }, rows) {
  return [...required, ...notThere].flatMap(({ legs, scenarios }) =>
    scenarios
      .filter((name) => !rows.some(({ leg, scenario }) => scenario === name && covers(legs, leg)))
      .map((name) => `${name} was not run in ${legs.join(' or ')}`),
  );
}

function stateOf(ok, faults, { required, why }) {
  if (required && why !== undefined) return { state: 'unlisted', wrong: true, note: 'It is in both lists.' };
  if (!required && why === undefined) {
    return { state: 'unlisted', wrong: true, note: ok ? 'It passes: require it.' : faults.join(' | ') };
  }
  if (required && !ok) return { state: 'failed', wrong: true, note: faults.join(' | ') };
  if (!required && ok) return { state: 'stale', wrong: true, note: 'It passes: require it.' };
  return { state: required ? 'passed' : 'not there yet', wrong: false, note: why ?? '' };
}

function entryOf(entries, leg, scenario) {
  return entries.find(({ legs, scenarios }) => scenarios.includes(scenario) && covers(legs, leg));
}

function covers(legs, leg) {
  return legs.some((beginning) => leg.startsWith(beginning));
}
