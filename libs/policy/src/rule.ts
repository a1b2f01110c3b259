import type { DetailedError, PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';

import type { ToolEffect } from '@sallyport/contracts';
import { nearestName } from '@sallyport/base';

import { cedar } from './cedar.ts';
import { type Annotations, readAnnotations } from './annotation.ts';
import { expressions, nodeOf, operands, pathOf, type Uses, usesOf } from './expression.ts';
import { type PolicyText, problemAt, splitPolicies, type PolicyFile } from './policy-text.ts';
import type { PolicyProblem } from './problem.ts';
import { forTokensWith } from './token-scopes.ts';

/** What `context.effect` can be. */
const EFFECTS: readonly string[] = ['read', 'write', 'egress'] satisfies ToolEffect[];

/** One policy, parsed. */
export interface Rule extends Annotations {
  /** Its place among all policies, in the order of files and lines. */
  readonly index: number;
  readonly effect: 'permit' | 'forbid';
  readonly json: PolicyJson;
  readonly uses: Uses;
  readonly source: PolicyText;
}

/** Parses files into rules. Everything that is wrong is in `problems`; the rules are of use only if that is empty. */
export function readRules(files: readonly PolicyFile[]): { rules: Rule[]; problems: PolicyProblem[] } {
  const problems: PolicyProblem[] = [];
  const rules: Rule[] = [];
  for (const source of files.flatMap(splitPolicies)) {
    const parsed = parse(source, problems);
    if (!parsed) continue;
    const { annotations, faults } = readAnnotations(parsed);
    const json = forTokensWith(annotations.scopes, parsed);
    problems.push(...faults.map(({ name, message, hint }) => problemAt(source, placeOf(source, name), message, hint)));
    problems.push(...conditionProblems(source, json), ...effectProblems(source, json));
    rules.push({ ...annotations, index: rules.length, effect: json.effect, json, uses: usesOf(json), source });
  }
  problems.push(...duplicates(rules));
  return { rules, problems };
}

function parse(source: PolicyText, problems: PolicyProblem[]): PolicyJson | null {
  if (!source.text.isWellFormed()) {
    problems.push(problemAt(source, 0, 'the text holds half a character (a lone surrogate)', 'save the file as UTF-8'));
    return null;
  }
  const answer = cedar.policyToJson(source.text);
  if (answer.type === 'success') return answer.json;
  problems.push(...answer.errors.map((error) => cedarProblem(source, error)));
  return null;
}

/** Cedar's error as a problem, at the place that it names, with its help or what it expected as the hint. */
export function cedarProblem(source: PolicyText, error: DetailedError): PolicyProblem {
  const [place] = error.sourceLocations ?? [];
  const message = error.message
    .replace(/^failed to parse policy from string: /, '')
    .replace(/^for policy `[^`]*`, /, '');
  return problemAt(source, place?.start ?? 0, message, error.help ?? place?.label ?? null);
}

function placeOf({ text }: PolicyText, annotation: string | null): number {
  const at = annotation === null ? 0 : text.search(new RegExp(`@\\s*${annotation}\\b`));
  return Buffer.byteLength(text.slice(0, Math.max(at, 0)));
}

/**
 * Two things that Cedar accepts and this instance can't honour: numbers that JSON rounds, and asking for the roles of
 * somebody else than the caller (nobody else's are known, so the answer would always be no).
 */
function* conditionProblems(source: PolicyText, json: PolicyJson): Generator<PolicyProblem> {
  for (const expr of expressions(json)) {
    const [op, body] = nodeOf(expr);
    if (op === 'Value' && typeof body === 'number' && !Number.isSafeInteger(body)) {
      yield problemAt(source, 0, 'a number beyond 2^53 can not be compared exactly', 'use a smaller one, or a string');
    }
    if ((op === 'in' || (op === 'is' && operands(expr).length > 1)) && !asksCaller(expr)) {
      yield problemAt(
        source,
        0,
        '`in` is known of `principal`, `action` and `resource` only',
        'compare with == instead',
      );
    }
  }
}

/** A rule that compares `context.effect` with what it never is would protect nothing. */
function* effectProblems(source: PolicyText, json: PolicyJson): Generator<PolicyProblem> {
  for (const wrong of [...expressions(json)].flatMap(strangeEffects)) {
    const hint = `did you mean "${nearestName(wrong, EFFECTS) ?? EFFECTS.join('", "')}"?`;
    yield problemAt(source, 0, `context.effect is never "${wrong}"`, hint);
  }
}

function strangeEffects(expr: cedar.Expr): readonly string[] {
  const sides = operands(expr);
  if (!sides.some((side) => pathOf(side)?.join('.') === 'context.effect')) return [];
  const literals = sides.flatMap((side) => ('Set' in side ? operands(side) : [side]));
  const values = literals.flatMap((side) => ('Value' in side ? [side.Value] : []));
  return values.filter((value) => typeof value === 'string').filter((value) => !EFFECTS.includes(value));
}

function asksCaller(expr: cedar.Expr): boolean {
  const [left] = operands(expr);
  return left !== undefined && 'Var' in left && left.Var !== 'context';
}

function* duplicates(rules: readonly Rule[]): Generator<PolicyProblem> {
  const seen = new Map<string, Rule>();
  for (const rule of rules) {
    const first = seen.get(rule.id);
    if (!first) seen.set(rule.id, rule);
    else if (rule.id !== '') yield duplicate(rule, first);
  }
}

function duplicate({ id, source }: Rule, first: Rule): PolicyProblem {
  const { file, line } = problemAt(first.source, 0, '');
  return problemAt(source, placeOf(source, 'id'), `@id("${id}") is used twice`, `first in ${file}, line ${line}`);
}
