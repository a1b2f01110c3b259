/**
 * What each scenario of one leg means in a profile, from its outcome and from what is expected of it. Answers rows `{ profile, leg,
 * scenario, passed, failed, state, wrong, note }`; whatever is `wrong` must be put right, in the product or in the lists:
 *
 * - `passed`: required, and it did; `note` has the reasons of checks that deviate as listed
 * - `failed` (wrong): required, and a check that is not in `deviations` did not succeed, be it with a warning alone
 * - `not there yet`: listed with a reason, and it did not pass
 * - `stale` (wrong): listed, and yet it passed; or a check of it that is in `deviations` did not deviate
 * - `unlisted` (wrong): in neither list, or in both
 *
 * A scenario without a single check that succeeded has not passed: it found nothing to check.
 */
export function judgeLeg({ profile, leg }, outcomes, { required, notThere, deviations }) {
  return [...outcomes].map(([scenario, { passed, failed, faults }]) => {
    const listed = deviations.filter((entry) => isOf(entry, { profile, leg, scenario }));
    const outcome = { passed, failed, ...sorted(faults, listed) };
    const expected = {
      required: entryOf(required, leg, scenario) !== undefined,
      why: entryOf(notThere, leg, scenario)?.why,
    };
    return { profile, leg, scenario, passed, failed, ...stateOf(outcome, expected) };
  });
}

/** The entries `{ scenarios, legs, why?, profiles? }` that no row is about, as sentences: the suite has no such scenario there. */
export function unused({ required, notThere, deviations }, rows) {
  return [...required, ...notThere, ...deviations].flatMap(({ legs, scenarios, ...entry }) =>
    scenarios
      .filter((name) => !rows.some((row) => isOf({ ...entry, legs, scenarios: [name] }, row)))
      .map((name) => `${name} was not run in ${[...legs, ...(entry.profiles ?? [])].join(' or ')}`),
  );
}

/** Faults that are not listed, reasons of those that are, and listed checks without a fault. */
function sorted(faults, listed) {
  const said = new Set(faults.map(({ check }) => check));
  const checks = new Set(listed.flatMap((entry) => entry.checks));
  return {
    wrong: faults
      .filter(({ check }) => !checks.has(check))
      .map(({ check, status, said }) => `${check} (${status}): ${said}`),
    meant: listed.map(({ checks, why }) => `${checks.join(', ')}: ${why}`),
    gone: [...checks].filter((check) => !said.has(check)),
  };
}

function stateOf({ passed, failed, wrong, meant, gone }, { required, why }) {
  const ok = passed > 0 && failed === 0;
  if (required && why !== undefined) return { state: 'unlisted', wrong: true, note: 'It is in both lists.' };
  if (!required && why === undefined) {
    return { state: 'unlisted', wrong: true, note: ok ? 'It passes: require it.' : wrong.join(' | ') };
  }
  if (!required && ok) return { state: 'stale', wrong: true, note: 'It passes: require it.' };
  if (!required) return { state: 'not there yet', wrong: false, note: why };
  if (passed === 0 || wrong.length > 0) return { state: 'failed', wrong: true, note: wrong.join(' | ') };
  if (gone.length > 0) return { state: 'stale', wrong: true, note: `Nothing deviates any more: ${gone.join(', ')}` };
  return { state: 'passed', wrong: false, note: meant.join(' | ') };
}

function entryOf(entries, leg, scenario) {
  return entries.find((entry) => isOf(entry, { leg, scenario }));
}

function isOf({ legs, scenarios, profiles }, { profile, leg, scenario }) {
  return (
    scenarios.includes(scenario) &&
    legs.some((beginning) => leg.startsWith(beginning)) &&
    (profiles === undefined || profiles.includes(profile))
  );
}
