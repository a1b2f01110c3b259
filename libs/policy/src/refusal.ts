import type { AccessReason, Facts, ResourceFact, Subject } from '@sallyport/contracts';

import { escapeToken } from '@sallyport/base';

import type { Rule } from './rule.ts';
import { TOOL_TYPE } from './tool-shape.ts';

/** A refusal, before it is told to anyone. */
export interface Refusal {
  readonly effect: 'deny';
  readonly rules: readonly string[];
  readonly reason: AccessReason;
  readonly advice: string | null;
  readonly scopes?: readonly string[];
}

interface Alarm {
  readonly use: string;
  readonly reason: AccessReason;
  raised(facts: Facts): boolean;
  advice(noun: string): string;
}

/**
 * Facts that refuse a call unless a permit names them, in the order in which they are told. An empty id comes before bulk: an
 * agent that left it out learns nothing from "one at a time".
 */
const ALARMS: readonly Alarm[] = [
  {
    use: 'context.facts.wildcards',
    reason: 'wildcard_argument',
    raised: ({ wildcards }) => wildcards.length > 0,
    advice: (noun) => `Name one ${noun}.`,
  },
  {
    use: 'context.facts.unbounded',
    reason: 'unbounded_query',
    raised: ({ unbounded }) => unbounded.length > 0,
    advice: (noun) => `Say which ${noun} you mean: nothing may be missing, empty or without an end.`,
  },
  {
    use: 'context.facts.bulk',
    reason: 'bulk_argument',
    raised: ({ bulk }) => bulk > 1,
    advice: (noun) => `One ${noun} at a time.`,
  },
];

/** A refusal without a rule behind it. */
export function refuse(reason: AccessReason, advice: string | null = null): Refusal {
  return { effect: 'deny', rules: [], reason, advice };
}

/** A call that a token with more scopes may make. */
export function lacksScopes(scopes: readonly string[], rules: readonly string[]): Refusal {
  const named = scopes.length === 1 ? `the scope ${scopes.join()}` : `the scopes ${scopes.join(', ')}`;
  const advice = `The token lacks ${named}, which the policies want for this call. Sign in again and grant it; a development user has what `;
  return {
    effect: 'deny',
    rules,
    reason: 'insufficient_scope',
    advice: `${advice}\`scopes\` in the file of users says.`,
    scopes,
  };
}

/** The refusal that satisfied forbids amount to: named after the raised fact that one of them reads, if any. */
export function forbiddenBy(forbids: readonly Rule[], facts: Facts, type: string): Refusal {
  const rules = forbids.map(({ id }) => id);
  for (const alarm of ALARMS.filter((each) => each.raised(facts))) {
    const rule = forbids.find(({ uses }) => uses.has(alarm.use));
    if (rule) return { effect: 'deny', rules, reason: alarm.reason, advice: rule.advice ?? alarm.advice(nounOf(type)) };
  }
  const advice = forbids.find(({ advice }) => advice !== null)?.advice ?? null;
  return { effect: 'deny', rules, reason: 'forbidden', advice };
}

/** The default refusal: a raised fact that no satisfied permit names. Null where each is named, or none is raised. */
export function unnamedFact(permits: readonly Rule[], facts: Facts, type: string): Refusal | null {
  const unnamed = ALARMS.find((alarm) => alarm.raised(facts) && !permits.some(({ uses }) => uses.has(alarm.use)));
  return unnamed ? refuse(unnamed.reason, unnamed.advice(nounOf(type))) : null;
}

/** An argument, by its name in the tool's schema, whose value the policies read and can't be shown. */
export function unshown(argument: string | null): Refusal {
  if (argument === null) return refuse('policy_error');
  const how = 'Send another value (a number: with at most four decimal places), or tell the operator.';
  return refuse('policy_error', `The policies can’t compare the value of /${escapeToken(argument)}. ${how}`);
}

/** An object whose owner or version could not be found out: by the name that it was given, or because the call gave it no plain name. */
export function unresolved({ type, id }: ResourceFact): Refusal {
  const noun = nounOf(type);
  const advice =
    id === ''
      ? `Name each ${noun} by its own id, as one plain value.`
      : `This ${noun} was not found, or its owner or version could not be looked up. Look it up first.`;
  return refuse('object_unresolved', advice);
}

/** An object of somebody else, that permits would allow the caller if it were theirs. */
export function notOwner(permits: readonly Rule[], type: string): Refusal {
  const noun = nounOf(type);
  const told = permits.find(({ advice }) => advice !== null)?.advice;
  const advice = told ?? `This ${noun} is not yours. List your own ${pluralOf(noun)} first.`;
  return { effect: 'deny', rules: permits.map(({ id }) => id), reason: 'not_owner', advice };
}

/** An object whose owner has the caller's id, which is not the caller's alone: owners' ids are those of another issuer. */
export function sameIdOtherIssuer(
  permits: readonly Rule[],
  type: string,
  { issuer }: Pick<Subject, 'issuer'>,
): Refusal {
  const advice = `This ${nounOf(type)} belongs to your id, and ids of ${issuer} own nothing. Tell the operator, who says by \`owns\` of each issuer whose ids own objects.`;
  return { ...notOwner(permits, type), advice };
}

/** `PurchaseOrder` in a sentence. */
function nounOf(type: string): string {
  if (type === TOOL_TYPE) return 'object';
  return type
    .replace(/^.*:/, '')
    .replaceAll('_', ' ')
    .replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, ' ')
    .toLowerCase();
}

function pluralOf(noun: string): string {
  if (/(s|x|z|ch|sh)$/.test(noun)) return `${noun}es`;
  return /[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`;
}
