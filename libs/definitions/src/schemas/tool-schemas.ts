import type { FittedArguments, JsonObject, JsonValue, SchemaError } from '@sallyport/contracts';
import { isObject, rounded } from '@sallyport/base';
import { allowedMembers } from './allowed-members.ts';
import { overSize } from './budget.ts';
import { createFit } from './fit.ts';
import { strayProblem } from './overlay-places.ts';
import { type Tolerable, tolerable } from './tolerable.ts';
import { type Check, compile, type Compiled, type CompileOptions, shapeFault } from './validator.ts';

export interface ToolSchemaRequest {
  /** The whole MCP tool definition. */
  readonly definition: JsonObject;
  /** The operator's own schema; arguments must satisfy both. */
  readonly overlay?: JsonObject;
  /** Leave arguments out that the schema does not name, instead of refusing them. */
  readonly dropUnknown?: boolean;
}

type OutputCheck = (value: JsonValue) => { value: JsonValue; dropped: number; errors: readonly SchemaError[] };

export type ToolSchemas =
  | {
      readonly ok: true;
      checkInput(args: JsonObject): readonly SchemaError[];
      /** The arguments as `checkInput` is to see them; see `fit.ts`. */
      fit(args: JsonObject): FittedArguments;
      readonly checkOutput: OutputCheck | null;
      /** The definition with its schemas as they are enforced. */
      readonly enforced: JsonObject;
      /** Keywords that can't be enforced: where they stand, and why. */
      readonly leftOut: readonly string[];
    }
  | { readonly ok: false; readonly problem: string };

/** Results are larger than arguments, and come from somebody whose definition was approved. */
const OUTPUT_EFFORT = 2_000_000;

/**
 * Compiles what a tool says of its arguments and results, once, at load. Arguments that the schema does not name are refused
 * unless it says that others are welcome (`additionalProperties`). Of results only what the schema names is kept.
 *
 * @returns checks that never throw and never quote a value, or a problem for schemas that can't be compiled safely; never throws
 */
export function compileToolSchemas({ definition, overlay, dropUnknown = false }: ToolSchemaRequest): ToolSchemas {
  const { outputSchema } = definition;
  const input = inputOf(definition);
  if (!input.ok) return input;
  const narrower = overlay === undefined ? null : compiledOverlay(overlay, input.schema);
  if (narrower?.ok === false) return narrower;
  const checkInput = bothOf(input.check, narrower?.check ?? null);
  const { schema, leftOut } = input;
  const fit = createFit({ schema, dropUnknown });
  const enforced = { ...definition, inputSchema: schema };
  if (outputSchema === undefined) return { ok: true, checkInput, fit, checkOutput: null, enforced, leftOut };
  const output = tolerated('outputSchema', outputSchema, { effort: OUTPUT_EFFORT });
  if (!output.ok) return output;
  return {
    ok: true,
    checkInput,
    fit,
    checkOutput: outputChecker(output.schema, output.check),
    enforced: { ...enforced, outputSchema: output.schema },
    leftOut: [...leftOut, ...output.leftOut],
  };
}

const TASKS_ONLY = 'it runs only as a task (execution.taskSupport is "required"), and tasks are not passed on';

/** The schema of arguments; none for a tool that takes no call without a task (2025-11-25, tasks). */
function inputOf({ inputSchema, execution }: JsonObject): Tolerated {
  const isTask = isObject(execution) && execution['taskSupport'] === 'required';
  return isTask ? { ok: false, problem: TASKS_ONLY } : tolerated('inputSchema', inputSchema, { closed: true });
}

type Tolerated = (Extract<Compiled, { ok: true }> & Tolerable) | Extract<Compiled, { ok: false }>;

/** The schema as it stands, or else what of it can be enforced. */
function tolerated(name: string, schema: JsonValue | undefined, options: CompileOptions): Tolerated {
  const whole = compiled(name, schema, options);
  if (!isObject(schema)) return { ok: false, problem: `${name}: there is none, or it is no object` };
  if (whole.ok) return { ...whole, schema, leftOut: [] };
  if (overSize(schema) !== null) return whole;
  const { schema: rest, leftOut } = tolerable(schema, shapeFault);
  const made = compiled(name, rest, options);
  return made.ok ? { ...made, schema: rest, leftOut: shortened(leftOut).map((text) => name + text) } : made;
}

const MOST_TOLD = 20;

function shortened(notes: readonly string[]): readonly string[] {
  if (notes.length <= MOST_TOLD) return notes;
  return [...notes.slice(0, MOST_TOLD), `: ${notes.length - MOST_TOLD} more keywords are left out`];
}

function compiled(name: string, schema: JsonValue | undefined, options: CompileOptions): Compiled {
  if (!isObject(schema)) return { ok: false, problem: `${name}: there is none, or it is no object` };
  const answer = compile(schema, options);
  return answer.ok ? answer : { ok: false, problem: `${name}: ${answer.problem}` };
}

function compiledOverlay(overlay: JsonObject, inputSchema: JsonObject): Compiled {
  const made = compiled('arguments', overlay, {});
  if (!made.ok) return made;
  const problem = strayProblem(overlay, inputSchema);
  return problem === null ? made : { ok: false, problem };
}

function bothOf(first: Check, second: Check | null): (args: JsonObject) => readonly SchemaError[] {
  if (second === null) return first;
  return function checkBoth(args) {
    const errors = first(args);
    return errors.length > 0 ? errors : second(args);
  };
}

function outputChecker(schema: JsonObject, check: Check): OutputCheck {
  const allow = allowedMembers(schema);
  return function checkOutput(value) {
    const { value: kept, dropped } = allow(value);
    return { value: kept, dropped, errors: check(rounded(kept)) };
  };
}
