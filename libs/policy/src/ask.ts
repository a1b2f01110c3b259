import type { AccessRequest, JsonValue, Requirement, ResourceFact } from '@sallyport/contracts';
import { sha256 } from '@sallyport/strict-json';

import type { Rule } from './rule.ts';

/**
 * A placeholder of `@ask`: `{order_id}` is an argument, `{Order.total}` an attribute of the objects of that type. A name
 * with a dot is never an argument, whatever the caller names one.
 */
export const PLACEHOLDER = /\{([^{}]+)\}/g;

const MAX_VALUE = 200;
const MAX_LISTED = 20;
/** Control, format (bidirectional, zero-width), surrogate and line-separator characters: a value may not redraw the question. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]+/gu;

/** What a hold by `rule` needs, its question filled in with the values of this call. */
export function requirementOf(rule: Rule, request: AccessRequest): Requirement {
  const { who, count, group } = rule.confirm ?? { who: 'other', count: 1, group: null };
  const text = rule.ask ?? `May ${request.tool.upstream}/${request.tool.name} be called?`;
  const ask = text.replaceAll(PLACEHOLDER, (_, name: string) => shown(valueOf(name.trim(), request)));
  return { who, count, group, ask, rule: rule.id, policy: sha256(rule.source.text) };
}

function valueOf(name: string, { arguments: args, facts }: AccessRequest): JsonValue | undefined {
  if (!name.includes('.')) return Object.hasOwn(args, name) ? args[name] : undefined;
  const [type, attribute = '', ...more] = name.split('.');
  if (more.length > 0) return undefined;
  const objects = facts.resources.filter((object) => object.type === type);
  // Of an object that lacks it, too: a value that is left out would hide the object.
  const values = objects.map((object) => attributeOf(object, attribute) ?? null);
  return values.length > 1 ? values : values[0];
}

function attributeOf(object: ResourceFact, name: string): JsonValue | undefined {
  if (object.status !== 'resolved') return undefined;
  if (name === 'id' || name === 'owner' || name === 'version') return object[name];
  return Object.hasOwn(object.attributes, name) ? object.attributes[name] : undefined;
}

function shown(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '?';
  const text = Array.isArray(value) ? listed(value) : scalar(value);
  const clean = text.replaceAll(UNPRINTABLE, ' ');
  const points = [...clean.slice(0, 4 * MAX_VALUE)];
  return points.length > MAX_VALUE ? `${points.slice(0, MAX_VALUE).join('')}…` : clean;
}

function listed(values: readonly JsonValue[]): string {
  const more = values.length > MAX_LISTED ? ` and ${values.length - MAX_LISTED} more` : '';
  return `${values
    .slice(0, MAX_LISTED)
    .map((value) => (value === null ? '?' : scalar(value)))
    .join(', ')}${more}`;
}

function scalar(value: JsonValue): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
