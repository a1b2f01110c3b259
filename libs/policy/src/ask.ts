import type { AccessRequest, CallAction, Facts, JsonValue, Requirement, ResourceFact } from '@sallyport/contracts';
import { sha256 } from '@sallyport/base';

import type { Rule } from './rule.ts';
import { type Shown, shownValue } from './shown.ts';
import { actionOf } from './tool-shape.ts';

/**
 * A placeholder of `@ask`: `{order_id}` is an argument, `{Order.total}` an attribute of the objects of that type. A name
 * with a dot is never an argument, whatever the caller names one.
 */
export const PLACEHOLDER = /\{([^{}]+)\}/g;

/** What a hold by `rule` needs, its question filled in with the values of this call. */
export function requirementOf(rule: Rule, request: AccessRequest): Requirement {
  const { who, count, group } = rule.confirm ?? { who: 'other', count: 1, group: null };
  const all: Shown[] = [];
  const show = (value: Parameters<typeof shownValue>[0]): string => {
    const shown = shownValue(value);
    all.push(shown);
    return shown.text;
  };
  const ask =
    rule.ask === null
      ? plainQuestion(request)
      : rule.ask.replaceAll(PLACEHOLDER, (_, name: string) => show(valueOf(name.trim(), request)));
  return {
    who,
    count,
    group,
    ask,
    rule: rule.id,
    policy: sha256(rule.source.text),
    ...(all.some(({ isCut }) => isCut) && { cut: true }),
  };
}

/**
 * The question of a policy without one of its own. It shows the arguments as far as they go, and how much is missing: what must be seen
 * whole, `@ask` says.
 */
function plainQuestion(request: AccessRequest): string {
  const { tool, action, arguments: args } = request;
  const [object] = request.facts.resources;
  const what =
    tool.kind === 'tool' || object === undefined
      ? shownValue(actionOf(tool)).text
      : `the ${tool.kind} ${shownValue(tool.kind === 'prompt' ? tool.name : object.id).text} of ${tool.upstream}`;
  const given = Object.keys(args).length === 0 ? '' : ` with ${shownValue(args).text}`;
  return `May ${what} be ${DONE[action]}${given}?`;
}

const DONE: Readonly<Record<CallAction, string>> = {
  'tools/call': 'called',
  'prompts/get': 'used',
  'resources/read': 'read',
  'resources/subscribe': 'subscribed to',
  'completion/complete': 'completed',
};

/** The attributes in the question of `rule` that some object of this call lacks: a person would not see what they agree to. */
export function missingAttributes(rule: Rule, { facts }: AccessRequest): string[] {
  const names = [...(rule.ask ?? '').matchAll(PLACEHOLDER)].map(([, name = '']) => name.trim());
  return names.filter((name) => {
    const values = isAttribute(name) ? attributeValues(name, facts) : [null];
    return values.length === 0 || values.includes(undefined);
  });
}

function isAttribute(name: string): boolean {
  return name.includes('.');
}

function valueOf(name: string, { arguments: args, facts }: AccessRequest): Parameters<typeof shownValue>[0] {
  if (!isAttribute(name)) return Object.hasOwn(args, name) ? args[name] : undefined;
  const values = attributeValues(name, facts);
  return values.length > 1 ? values : values[0];
}

/** Of each object of the type, also of one that lacks it: a value that is left out would hide the object. */
function attributeValues(name: string, { resources }: Facts): (JsonValue | undefined)[] {
  const [type, attribute = '', ...more] = name.split('.');
  if (more.length > 0) return [];
  return resources
    .filter((object) => object.type === type)
    .map((object) => attributeOf(object, attribute) ?? undefined);
}

function attributeOf(object: ResourceFact, name: string): JsonValue | undefined {
  if (object.status !== 'resolved') return undefined;
  if (name === 'id' || name === 'owner' || name === 'version') return object[name];
  return Object.hasOwn(object.attributes, name) ? object.attributes[name] : undefined;
}
