import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import { type AccessAnswer, type AccessRequest, SCOPE } from '@sallyport/contracts';

/** What `@scope` names: one scope, or several that are all needed, parted by spaces. Null for anything else. */
export function scopesIn(text: string): readonly string[] | null {
  const scopes = text.split(' ');
  return scopes.every((scope) => SCOPE.test(scope)) ? scopes : null;
}

/** A permit as it holds for tokens with all of the scopes alone: both engines read it as a condition like any other. */
export function forTokensWith(scopes: readonly string[], permit: PolicyJson): PolicyJson {
  const shown = { '.': { left: { Var: 'context' }, attr: 'scopes' } } as const;
  const conditions = scopes.map((scope) => ({
    kind: 'when' as const,
    body: { contains: { left: shown, right: { Value: scope } } },
  }));
  return { ...permit, conditions: [...conditions, ...permit.conditions] };
}

interface Refused {
  readonly request: AccessRequest;
  /** The scopes that permits of this call name. */
  readonly named: ReadonlySet<string>;
  readonly judge: (request: AccessRequest) => AccessAnswer;
  /** How often it may be judged to find out which scopes it can do without. */
  readonly tries: number;
}

/**
 * What a refused call comes to with the scopes that its token lacks: those alone without which it would still be refused.
 * Of permits that would each do, the one that stands first counts.
 *
 * @returns null where no scope helps
 */
export function steppedUp({
  request,
  named,
  judge,
  tries,
}: Refused): { scopes: readonly string[]; rules: readonly string[] } | null {
  const held = request.subject.scopes ?? [];
  const judgeWith = (scopes: readonly string[]): AccessAnswer =>
    judge({ ...request, subject: { ...request.subject, scopes: [...held, ...scopes] } });
  let scopes: readonly string[] = [...named].filter((scope) => !held.includes(scope));
  if (scopes.length === 0) return null;
  let answer = judgeWith(scopes);
  if (answer.effect === 'deny') return null;
  for (const scope of scopes.length === 1 ? [] : scopes.toReversed().slice(0, tries)) {
    const fewer = scopes.filter((each) => each !== scope);
    const without = judgeWith(fewer);
    if (without.effect !== 'deny') [scopes, answer] = [fewer, without];
  }
  return { scopes, rules: answer.rules };
}
