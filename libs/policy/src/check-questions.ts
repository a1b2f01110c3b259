import { actionsOfKind, type CallAction, type CatalogTool, type Finding, targetEntities } from '@sallyport/contracts';
import { isObject, nearestName } from '@sallyport/base';

import { appliesTo, namedActions } from './action-scope.ts';
import { PLACEHOLDER } from './ask.ts';
import { callsOf, namesOurs } from './check-rules.ts';
import { declaredTypes, mcpAction, mcpCalls, mcpFields, typesOfAction } from './mcp-shape.ts';
import { problemAt } from './policy-text.ts';
import type { PolicyProblem } from './problem.ts';
import type { Rule } from './rule.ts';
import { mayMatchType } from './slice.ts';
import { actionOf, shapeOf, type ToolShape } from './tool-shape.ts';

export interface QuestionFindings {
  /** Of rules that name the tool or a group of it: their author knows what it takes. */
  readonly problems: readonly PolicyProblem[];
  /** Of rules about every tool: one that comes later must not make the policies unusable. Its calls are refused. */
  readonly findings: readonly Finding[];
}

/** Finds placeholders in `@ask` that a tool under the rule can't fill, tool by tool: a person would read `?`. */
export function checkQuestions(rules: readonly Rule[], tools: readonly CatalogTool[]): QuestionFindings {
  const known = tools.filter(({ kind, definition }) => kind === 'tool' && definition !== null);
  const asked = known.map((tool) => ({ ...shapeOf(tool), ...fillableBy(tool) }));
  const entries = tools.filter(({ kind }) => kind !== 'tool');
  const offered = callsOf(tools);
  const faulty = rules.map((rule) => {
    const others = (namesOurs(rule, entries) ? mcpCalls : offered).flatMap((call) => askedBy(call, entries));
    const under = rule.ask === null ? [] : [...asked, ...others].filter((each) => isUnder(rule, each));
    return { rule, found: under.map((each) => questionProblems(rule, each)).find(({ length }) => length > 0) ?? [] };
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

/** What the placeholders of a question about calls of `action` may name. */
interface Fillable {
  readonly action: string;
  readonly names: readonly string[];
  readonly mayTake: (name: string) => boolean;
}

type Asked = Fillable & Pick<ToolShape, 'groups' | 'resourceTypes'>;

/** What the questions about calls of an entry of the catalogue may show. */
export function fillableBy(tool: CatalogTool): Fillable {
  const { kind } = tool;
  const action = kind === 'tool' ? actionOf(tool) : mcpAction(actionsOfKind(kind)[0]);
  const names = [...declaredNames(tool.resources), ...(kind === 'tool' ? [] : attributesOf(targetEntities[kind].type))];
  if (kind !== 'tool') return { action, names, mayTake: () => false };
  return { action, names: [...argumentsOf(tool), ...names], mayTake: (name) => mayTake(tool, name) };
}

/** The calls of one method beside `tools/call`, by what they are of and by what they name. */
function askedBy(call: CallAction, entries: readonly CatalogTool[]): Asked[] {
  const own = typesOfAction(call).map((type) => ({ type, names: attributesOf(type) }));
  const rules = entries.flatMap(({ resources }) => resources);
  const named = declaredTypes(call, entries).map((type) => ({
    type,
    names: [...own.flatMap(({ names }) => names), ...declaredNames(rules.filter((rule) => rule.type === type))],
  }));
  return [...own, ...named].map(({ type, names }) => ({
    action: mcpAction(call),
    groups: [],
    resourceTypes: [type],
    names,
    mayTake: () => false,
  }));
}

function attributesOf(type: string): string[] {
  return ['id', ...(mcpFields(type)?.keys() ?? [])].map((name) => `${type}.${name}`);
}

/** Why the question of a rule can't be asked about such calls; empty where everything in it can be filled. */
export function questionProblems(rule: Rule, { action, names, mayTake }: Fillable): readonly PolicyProblem[] {
  return [...(rule.ask ?? '').matchAll(PLACEHOLDER)]
    .map(([, name = '']) => name.trim())
    .filter((name) => !names.includes(name) && !mayTake(name))
    .map((name) => {
      const meant = nearestName(name, names);
      const message = `@ask: nothing fills {${name}} in a call of ${action}`;
      return problemAt(rule.source, 0, message, meant ? `did you mean {${meant}}?` : null);
    });
}

function isUnder({ json }: Rule, { action, groups, resourceTypes }: Asked): boolean {
  return appliesTo(json, action, groups) && resourceTypes.some((type) => mayMatchType(json, type));
}

function declaredNames(rules: CatalogTool['resources']): string[] {
  return rules.flatMap(({ type, resolver }) =>
    [
      'id',
      'owner',
      ...(resolver?.version === undefined ? [] : ['version']),
      ...Object.keys(resolver?.attributes ?? {}),
    ].map((name) => `${type}.${name}`),
  );
}

/** A name with a dot is an attribute: an argument of such a name fills nothing. */
function argumentsOf(tool: CatalogTool): string[] {
  return [...shapeOf(tool).arguments.keys()].filter((name) => !name.includes('.'));
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
