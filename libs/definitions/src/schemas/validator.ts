import type { JsonObject, JsonValue, SchemaError } from '@sallyport/contracts';
import { canonical, escapeToken, isObject } from '@sallyport/base';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import ajvFormats, { type FormatName } from 'ajv-formats';
import { overBudget } from './budget.ts';
import { spend, within } from './effort.ts';
import { EFFORT, prepare } from './prepare.ts';
import { safePattern } from './safe-pattern.ts';

// ajv-formats is CommonJS: its default export is the module, which has the function under that name too.
const addFormats = ajvFormats.default;

/** Checks one value; returns at most three errors, unless every one was asked for, and no error quotes a value. Never throws. */
export type Check = (value: JsonValue) => readonly SchemaError[];

export type Compiled = { readonly ok: true; readonly check: Check } | { readonly ok: false; readonly problem: string };

export interface CompileOptions {
  /** Refuse members of the value itself that the schema does not name. */
  readonly closed?: boolean;
  /** Units of effort (see `effort.ts`) that one check may take. */
  readonly effort?: number;
  /** Go on after the first error, and return every one. Each costs effort. */
  readonly everyError?: boolean;
}

const MOST_ERRORS = 3;
/** What `format` is checked for. */
export const formats: readonly FormatName[] = [
  'date',
  'time',
  'date-time',
  'duration',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'uri',
  'uri-reference',
  'uuid',
];

/** Compiles a JSON Schema of unknown origin, read as 2020-12. Hostile and unusable schemas are problems; never throws. */
export function compile(
  schema: JsonObject,
  { closed = false, effort = 100_000, everyError = false }: CompileOptions = {},
): Compiled {
  try {
    const problem = overBudget(schema);
    if (problem !== null) return { ok: false, problem };
    const validate = compiled(prepare(schema, { closed, everyError }), everyError);
    return { ok: true, check: checkBy(validate, effort, everyError ? Infinity : MOST_ERRORS) };
  } catch (error) {
    const problem = error instanceof Error ? error.message.slice(0, 300) : 'the schema can not be compiled';
    return { ok: false, problem };
  }
}

/** Every keyword that the compiler knows, with the JSON types that it says something of; none for those that are of any. */
export function keywords(): ReadonlyMap<string, readonly string[]> {
  known ??= keywordsOf(newAjv());
  return known;
}

let known: ReadonlyMap<string, readonly string[]> | undefined;

function keywordsOf(ajv: Ajv2020): ReadonlyMap<string, readonly string[]> {
  const names = Object.keys(ajv.RULES.keywords).filter((name) => name !== EFFORT);
  return new Map(
    names.map((name) => {
      const rule = ajv.getKeyword(name);
      // All of our formats are of texts.
      return [name, name === 'format' ? ['string'] : typeof rule === 'boolean' ? [] : rule.type];
    }),
  );
}

/** By whether they go on after the first error. */
const compilers = new Map<boolean, { readonly ajv: Ajv2020; uses: number }>();
/** A compiler holds on to parts of what it compiled, so after so many schemas it is made again. */
const MOST_USES = 500;

/** One compiler for many schemas, since making one costs more than most schemas. */
function compilerOf(everyError: boolean): { readonly ajv: Ajv2020; uses: number } {
  const known = compilers.get(everyError);
  if (known !== undefined && known.uses < MOST_USES) return known;
  const made = { ajv: newAjv(everyError), uses: 0 };
  compilers.set(everyError, made);
  return made;
}

function compiled(schema: JsonObject, everyError: boolean): ValidateFunction {
  const compiler = compilerOf(everyError);
  const { ajv } = compiler;
  compiler.uses += 1;
  try {
    return ajv.compile(schema);
  } finally {
    ajv.removeSchema(schema);
  }
}

/** What is wrong with the shape of one keyword by 2020-12, without the schemas in it; null where nothing is. */
export function shapeFault(keyword: string, value: JsonValue): string | null {
  if (!keywords().has(keyword)) return null;
  const { ajv } = compilerOf(false);
  if (ajv.validateSchema({ [keyword]: value }) === true) return null;
  return `it ${(ajv.errors?.[0]?.message ?? 'is not as it must be').slice(0, 120)}`;
}

function newAjv(allErrors = false): Ajv2020 {
  const regExp = Object.assign((source: string) => safePattern(source), { code: 'safePattern' });
  const ajv = new Ajv2020({
    strict: false,
    allErrors,
    logger: false,
    ownProperties: true,
    inlineRefs: false,
    code: { regExp },
  });
  addFormats(ajv, { mode: 'fast', formats: [...formats] });
  ajv.addKeyword({ keyword: EFFORT, validate: allErrors ? countedByMembers : counted, errors: false });
  // ajv compares each pair of objects, which is quadratic.
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({ keyword: 'uniqueItems', type: 'array', schemaType: 'boolean', validate: areUnique, errors: false });
  return ajv;
}

function counted(units: number): boolean {
  spend(units);
  return true;
}

/** Each member may be one error: without a bound, few bytes make more errors than there is memory. */
function countedByMembers(units: number, value: unknown): boolean {
  return counted(units + (isObject(value) ? Object.keys(value).length : 0));
}

function areUnique(wanted: boolean, items: JsonValue[]): boolean {
  return !wanted || new Set(items.map((item) => canonical(item))).size === items.length;
}

function checkBy(validate: ValidateFunction, effort: number, most: number): Check {
  return function check(value) {
    try {
      return within(effort, () => validate(value)) ? [] : errorsOf(validate.errors ?? [], most);
    } catch {
      return [{ pointer: '', message: 'can not be checked in reasonable time' }];
    }
  };
}

function errorsOf(found: readonly ErrorObject[], most: number): readonly SchemaError[] {
  const told = new Map(found.map(errorOf).map((error) => [`${error.pointer} ${error.message}`, error]));
  const errors = [...told.values()].slice(0, most);
  return errors.length > 0 ? errors : [{ pointer: '', message: 'is not allowed' }];
}

/** In place of ajv's words where those would be long or quote the schema. */
const words: Readonly<Record<string, string>> = {
  const: 'must be the one allowed value',
  enum: 'must be one of the allowed values',
  pattern: 'must match the pattern',
  uniqueItems: 'must not hold the same item twice',
  'false schema': 'is not allowed',
};

function errorOf({ instancePath, keyword, message, params }: ErrorObject): SchemaError {
  const missing: unknown = params['missingProperty'];
  if (keyword === 'required' && typeof missing === 'string')
    return { pointer: `${instancePath}/${escapeToken(missing)}`, message: 'is required' };
  const unknown: unknown = params['additionalProperty'] ?? params['unevaluatedProperty'];
  if (typeof unknown === 'string') return unknownMember(instancePath, unknown);
  const known = Object.hasOwn(words, keyword) ? words[keyword] : undefined;
  return { pointer: instancePath, message: known ?? (message ?? 'is not allowed').slice(0, 120) };
}

/** The name is the caller's own word: told where it is a plain one, so that a slip of the pen is seen. */
function unknownMember(instancePath: string, name: string): SchemaError {
  if (/^[\w.-]{1,64}$/.test(name)) return { pointer: `${instancePath}/${name}`, message: 'is not known' };
  return { pointer: instancePath, message: 'has a member that is not known' };
}
