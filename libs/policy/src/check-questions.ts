import type { CatalogTool, Finding } from '@sallyport/contracts';
import { isObject, nearestName } from '@sallyport/base';

import { appliesTo, namedActions } from './action-scope.ts';
import { PLACEHOLDER } from './ask.ts';
import { problemAt } from './policy-text.ts';
import type { PolicyProblem } from './problem.ts';
import type { Rule } from './rule.ts';
import { mayMatchType } from './slice.ts';
import { actionOf, shapeOf } from './tool-shape.ts';

export interface QuestionFindings {
  /** Of rules that name the tool or a group of it: their author knows what it takes. */
  readonly problems: readonly PolicyProblem[];
  /** Of rules about every tool: one that comes later must not make the policies unusable. Its calls are refused. */
  readonly findings: readonly Finding[];
}

/** Finds placeholders in `@ask` that a tool under the rule can't fill, tool by tool: a person would read `?`. */
export function checkQuestions(rules: readonly Rule[], tools: readonly CatalogTool[]): QuestionFindings {
  const known = tools.filter((tool) => tool.definition !== null);
  const faulty = rules.map((rule) => {
    const under = rule.ask === null ? [] : known.filter((tool) => isUnder(rule, tool));
    return { rule, found: under.map((tool) => questionProblems(rule, tool)).find(({ length }) => length > 0) ?? [] };
  });
  const isNamed = ({ rule }: { readonly rule: Rule }): boolean => namedActions(rule.json) !== null;
  return {
    problems: faulty.filter(isNamed).flatMap(({ found }) => found),
    findings: faulty
      .filter((one) => !isNamed(one))
      .flatMap(({ rule, found }) =>
        found.map(({ message, hint }) => ({
          about: `question ${rule.id}`,
          fires: false,
          detail: message,
          hint: hint ?? '',
        })),
      ),
  };
}

/** Why the question of a rule can't be asked about calls of a tool; empty where everything in it can be filled. */
export function questionProblems(rule: Rule, tool: CatalogTool): readonly PolicyProblem[] {
  const names = namesOf(tool);
  return [...(rule.ask ?? '').matchAll(PLACEHOLDER)]
    .map(([, name = '']) => name.trim())
    .filter((name) => !names.includes(name) && !mayTake(tool, name))
    .map((name) => {
      const meant = nearestName(name, names);
      const message = `@ask: nothing fills {${name}} in a call of ${actionOf(tool)}`;
      return problemAt(rule.source, 0, message, meant ? `did you mean {${meant}}?` : null);
    });
}

function isUnder({ json }: Rule, tool: CatalogTool): boolean {
  const { action, groups, resourceTypes } = shapeOf(tool);
  return appliesTo(json, action, groups) && resourceTypes.some((type) => mayMatchType(json, type));
}

function namesOf(tool: CatalogTool): string[] {
  const attributes = tool.resources.flatMap(({ type, resolver }) =>
    [
      'id',
      'owner',
      ...(resolver?.version === undefined ? [] : ['version']),
      ...Object.keys(resolver?.attributes ?? {}),
    ].map((name) => `${type}.${name}`),
  );
  // A name with a dot is an attribute: an argument of such a name fills nothing.
  const args = [...shapeOf(tool).arguments.keys()].filter((name) => !name.includes('.'));
  return [...args, ...attributes];
}

/** Arguments that a schema does not name and welcomes. */
function mayTake({ definition }: CatalogTool, name: string): boolean {
  const schema = definition?.['inputSchema'];
  if (name.includes('.') || !isObject(schema)) return false;
  const { additionalProperties, unevaluatedProperties, patternProperties } = schema;
  return [additionalProperties, unevaluatedProperties, patternProperties].some(
    (value) => value === true || isObject(value),
  );
}
