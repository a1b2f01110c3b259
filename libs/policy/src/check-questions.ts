import type { CatalogTool } from '@sallyport/contracts';
import { nearestName } from '@sallyport/spelling';

import { appliesTo } from './action-scope.ts';
import { PLACEHOLDER } from './ask.ts';
import { problemAt } from './policy-text.ts';
import type { PolicyProblem } from './problem.ts';
import type { Rule } from './rule.ts';
import { resourceFields, shapeOf, type ToolShape } from './tool-shape.ts';

/** Warns of placeholders in `@ask` that no tool under the rule can fill: a person would read `?`. */
export function checkQuestions(rules: readonly Rule[], tools: readonly CatalogTool[]): PolicyProblem[] {
  const known = tools.filter((tool) => tool.definition !== null);
  const shapes = known.map(shapeOf);
  const fields = resourceFields(known);
  return rules.flatMap((rule) => {
    const under = shapes.filter((shape) => appliesTo(rule.json, shape.action, shape.groups));
    const names = [...new Set(under.flatMap((shape) => namesOf(shape, fields)))];
    return under.length === 0 ? [] : unfilled(rule, names);
  });
}

function namesOf(shape: ToolShape, fields: ReturnType<typeof resourceFields>): string[] {
  const attributes = shape.resourceTypes.flatMap((type) =>
    ['id', 'owner', 'version', ...(fields.get(type)?.keys() ?? [])].map((name) => `${type}.${name}`),
  );
  // A name with a dot is an attribute: an argument of such a name fills nothing.
  const args = [...shape.arguments.keys()].filter((name) => !name.includes('.'));
  return [...args, ...attributes];
}

function unfilled(rule: Rule, names: readonly string[]): PolicyProblem[] {
  const wanted = [...(rule.ask ?? '').matchAll(PLACEHOLDER)].map(([, name = '']) => name.trim());
  return wanted
    .filter((name) => !names.includes(name))
    .map((name) => {
      const meant = nearestName(name, names);
      return problemAt(rule.source, 0, `@ask: nothing fills {${name}}`, meant ? `did you mean {${meant}}?` : null);
    });
}
