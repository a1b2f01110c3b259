import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { isObject, numberOf } from '@sallyport/base';
import { choiceOf, isChoice } from './form-choice.ts';
import { plainLine } from './shown-text.ts';
import { numberIn, present, textIn, textsOf } from './read-values.ts';

const MOST_FIELDS = 30;
const TITLE = 200;
const DESCRIPTION = 600;
const LONGEST_TEXT = 10_000;
/** A name that is shown where there is no title, and is a member of the answer. */
const fieldName = /^(?!__proto__$|constructor$|prototype$)[\p{L}\p{N}_$. -]{1,64}$/u;
const formats: ReadonlySet<unknown> = new Set(['email', 'uri', 'date', 'date-time']);

/** One field: what the client is shown, and whether a value is one of it. */
export interface Field {
  readonly schema: JsonObject;
  /** Whether any text or number may be filled in. */
  readonly open: boolean;
  fits(value: JsonValue): boolean;
}

export interface Form {
  readonly schema: JsonObject;
  /** Names of the fields into which any text or number may be filled. */
  readonly open: readonly string[];
  /** The members of an answer that the form asked for; null where one does not fit, or is missing. */
  read(content: JsonValue | undefined): JsonObject | null;
}

/**
 * Reads a form (2025-11-25, client/elicitation, requested schema): one flat object of texts, numbers, yes or no, and choices.
 * What the protocol does not know of is left out, or makes it no form.
 *
 * @returns null for anything else
 */
export function readForm(schema: JsonValue | undefined): Form | null {
  if (!isObject(schema) || schema['type'] !== 'object' || !isObject(schema['properties'])) return null;
  const fields = fieldsOf(schema['properties']);
  if (fields === null) return null;
  const required = (textsOf(schema['required']) ?? []).filter((name) => fields.has(name));
  const properties = Object.fromEntries([...fields].map(([name, field]) => [name, field.schema]));
  return {
    schema: { type: 'object', properties, ...(required.length > 0 && { required: [...required] }) },
    open: [...fields].filter(([, { open }]) => open).map(([name]) => name),
    read: (content) => readContent(fields, required, content),
  };
}

function fieldsOf(members: JsonObject): ReadonlyMap<string, Field> | null {
  const entries = Object.entries(members);
  if (entries.length > MOST_FIELDS || !entries.every(([name]) => fieldName.test(name))) return null;
  const fields = new Map<string, Field>();
  for (const [name, member] of entries) {
    const field = isObject(member) ? fieldOf(member) : null;
    if (field === null) return null;
    fields.set(name, field);
  }
  return fields;
}

function readContent(
  fields: ReadonlyMap<string, Field>,
  required: readonly string[],
  content: JsonValue | undefined = {},
): JsonObject | null {
  if (!isObject(content) || !required.every((name) => Object.hasOwn(content, name))) return null;
  const asked = Object.entries(content).filter(([name]) => fields.has(name));
  return asked.every(([name, value]) => fields.get(name)?.fits(value) === true) ? Object.fromEntries(asked) : null;
}

function fieldOf(member: JsonObject): Field | null {
  const title = textIn(member, 'title');
  const description = textIn(member, 'description');
  const about = present({
    title: title === undefined ? undefined : plainLine(title, TITLE),
    description: description === undefined ? undefined : plainLine(description, DESCRIPTION),
  });
  const field = isChoice(member) ? choiceOf(member) : plainField(member);
  return field === null ? null : { ...field, schema: { ...field.schema, ...about } };
}

function plainField(member: JsonObject): Field | null {
  switch (member['type']) {
    case 'string':
      return textField(member);
    case 'number':
    case 'integer':
      return numberField(member, member['type']);
    case 'boolean':
      return yesOrNo(member);
    default:
      return null;
  }
}

function textField(member: JsonObject): Field | null {
  const format = textIn(member, 'format');
  if (format !== undefined && !formats.has(format)) return null;
  const [minLength, maxLength] = [numberIn(member, 'minLength'), numberIn(member, 'maxLength')];
  const most = Math.min(maxLength ?? LONGEST_TEXT, LONGEST_TEXT);
  const given = textIn(member, 'default');
  const preset = given === undefined ? undefined : plainLine(given, DESCRIPTION);
  return {
    schema: present({ type: 'string', format, minLength, maxLength, default: preset }),
    open: true,
    fits: (value) => typeof value === 'string' && value.length >= (minLength ?? 0) && [...value].length <= most,
  };
}

function numberField(member: JsonObject, type: 'number' | 'integer'): Field {
  const [minimum, maximum] = [numberIn(member, 'minimum'), numberIn(member, 'maximum')];
  return {
    schema: present({ type, minimum, maximum, default: numberIn(member, 'default') }),
    open: true,
    fits(value) {
      const number = numberOf(value);
      if (number === undefined || (type === 'integer' && !Number.isInteger(number))) return false;
      return number >= (minimum ?? -Infinity) && number <= (maximum ?? Infinity);
    },
  };
}

function yesOrNo(member: JsonObject): Field {
  const preset = member['default'];
  return {
    schema: present({ type: 'boolean', default: typeof preset === 'boolean' ? preset : undefined }),
    open: false,
    fits: (value) => typeof value === 'boolean',
  };
}
