import type { Expr, PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { CatalogTool } from '@sallyport/contracts';
import { escapeToken, isObject } from '@sallyport/base';

import { appliesTo } from './action-scope.ts';
import { expressions, nodeOf, operands, pathOf } from './expression.ts';
import { problemAt } from './policy-text.ts';
import type { PolicyProblem } from './problem.ts';
import type { Rule } from './rule.ts';
import { actionOf, shapeOf } from './tool-shape.ts';

/** Operators that compare the text of a value: another spelling of the same path gets around them. */
const comparisons: ReadonlySet<string> = new Set(['like', '==', '!=', 'contains', 'containsAny', 'containsAll']);

/**
 * Warns of rules that compare the text of an argument which looks like a path or URI, where the tool does not declare it: `..`
 * gets around such a rule.
 */
export function checkValues(rules: readonly Rule[], tools: readonly CatalogTool[]): PolicyProblem[] {
  const suspect = tools.filter(({ definition, undeclared }) => definition !== null && undeclared.length > 0);
  return rules.flatMap((rule) => {
    const compared = comparedIn(rule.json);
    return suspect.filter((tool) => isUnder(rule, tool)).flatMap((tool) => warningsOf(rule, tool, compared));
  });
}

function isUnder({ json }: Rule, tool: CatalogTool): boolean {
  const { action, groups } = shapeOf(tool);
  return appliesTo(json, action, groups);
}

function warningsOf(rule: Rule, tool: CatalogTool, compared: ReadonlySet<string>): PolicyProblem[] {
  return tool.undeclared
    .filter(({ argument }) => compared.has(argument))
    .map(({ argument, kind }) => {
      const message = `compares ${argument} of ${actionOf(tool)}, which looks like a ${kind} and is not declared as one: another spelling of it gets around the rule`;
      const hint = `add \`values: [{ argument: ${argument}, kind: ${kind} }]\` to the tool, or \`kind: text\` if it is none`;
      return problemAt(rule.source, 0, message, hint);
    });
}

/** Pointers of the arguments whose text a policy compares. */
function comparedIn(json: PolicyJson): ReadonlySet<string> {
  const pointers = [...expressions(json)].flatMap((expr) => (comparisons.has(nodeOf(expr)[0]) ? readIn(expr) : []));
  return new Set(pointers);
}

function readIn(expr: Expr): string[] {
  const path = pathOf(expr);
  if (path !== null) return path[0] === 'context' && path[1] === 'arguments' ? [pointerOf(path.slice(2))] : [];
  return operands(expr)
    .filter(isObject)
    .flatMap((each) => readIn(each as Expr));
}

function pointerOf(names: readonly string[]): string {
  return names.map((name) => `/${escapeToken(name)}`).join('');
}
