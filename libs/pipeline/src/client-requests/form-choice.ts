import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import type { Field } from './form.ts';
import { plainLine } from './shown-text.ts';
import { numberIn, objectsOf, present, textIn, textsOf } from './read-values.ts';

const MOST_CHOICES = 200;
const CHOICE = 200;

interface Choices {
  readonly values: readonly string[];
  /** As the client is shown them. */
  readonly shown: JsonObject;
}

/** Whether a field is to be one of a choice of values, or several. */
export function isChoice(member: JsonObject): boolean {
  return member['type'] === 'array' || ['enum', 'oneOf', 'anyOf'].some((name) => member[name] !== undefined);
}

/** A field of one choice or of several, in each form that the protocol has for it; null for any other. */
export function choiceOf(member: JsonObject): Field | null {
  if (member['type'] === 'array') return severalOf(member);
  if (member['type'] !== 'string') return null;
  const choices = choicesIn(member, 'oneOf');
  if (choices === null) return null;
  const preset = textIn(member, 'default');
  const known = preset !== undefined && choices.values.includes(preset) ? preset : undefined;
  return {
    schema: present({ type: 'string', ...choices.shown, default: known }),
    open: false,
    fits: (value) => typeof value === 'string' && choices.values.includes(value),
  };
}

function severalOf(member: JsonObject): Field | null {
  const choices = isObject(member['items']) ? choicesIn(member['items'], 'anyOf') : null;
  if (choices === null) return null;
  const [minItems, maxItems] = [numberIn(member, 'minItems'), numberIn(member, 'maxItems')];
  const preset = textsOf(member['default'])?.filter((value) => choices.values.includes(value));
  const items: JsonObject = 'enum' in choices.shown ? { type: 'string', ...choices.shown } : choices.shown;
  return {
    schema: present({ type: 'array', items, minItems, maxItems, default: preset && [...preset] }),
    open: false,
    fits(value) {
      const chosen = textsOf(value);
      if (chosen === undefined || !chosen.every((one) => choices.values.includes(one))) return false;
      return chosen.length >= (minItems ?? 0) && chosen.length <= (maxItems ?? MOST_CHOICES);
    },
  };
}

function choicesIn(member: JsonObject, titled: 'oneOf' | 'anyOf'): Choices | null {
  const choices = objectsOf(member[titled]);
  if (choices !== undefined) return titledChoices(choices, titled);
  const values = textsOf(member['enum']);
  if (values === undefined || !values.every(isSound) || values.length > MOST_CHOICES) return null;
  const names = textsOf(member['enumNames'])?.slice(0, values.length).map(clean);
  return { values, shown: present({ enum: [...values], enumNames: names }) };
}

function titledChoices(choices: readonly JsonObject[], titled: 'oneOf' | 'anyOf'): Choices | null {
  const values = choices.map((choice) => textIn(choice, 'const'));
  if (values.length > MOST_CHOICES || !values.every((value) => value !== undefined && isSound(value))) return null;
  const shown: JsonValue[] = choices.map((choice) =>
    present({ const: choice['const'], title: clean(textIn(choice, 'title') ?? '') }),
  );
  return { values: values.filter((value) => value !== undefined), shown: { [titled]: shown } };
}

/** A value is shown where it has no title, and is given back as it is: one that could not be shown so is none. */
function isSound(value: string): boolean {
  return clean(value) === value.replaceAll('://', '[:]//');
}

function clean(text: string): string {
  return plainLine(text, CHOICE);
}
