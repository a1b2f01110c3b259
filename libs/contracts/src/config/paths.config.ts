import { z } from 'zod';

/**
 * A path into arguments: a JSON Pointer (RFC 6901) with `*` for every element of an array or every member, or one bare name.
 * A bare name that looks like another path language is refused, since it would be the name of one member that no tool has.
 */
export const argumentPath = z
  .string()
  .min(1)
  .refine(isWellFormed, {
    error: ({ input }) => `${JSON.stringify(input)} is no path: write ${asPointer(String(input))}`,
  });

/** A JSON Pointer to one value: no `*`. */
export const valuePointer = z
  .string()
  .refine((text) => text.startsWith('/') && isWellFormed(text) && !text.split('/').includes('*'), {
    error: ({ input }) =>
      `${JSON.stringify(input)} is no JSON Pointer to one value: write ${asPointer(String(input)).replaceAll('/*', '/0')}`,
  });

const texts: ReadonlySet<string> = new Set(['description', 'title', 'examples', 'default', '$comment']);
const maps: ReadonlySet<string> = new Set([
  ...['properties', 'patternProperties', '$defs', 'definitions'],
  ...['dependentSchemas', 'dependentRequired', 'dependencies', 'const'],
]);

/** A JSON Pointer to a member of a tool's definition that says nothing binding: a text, `/_meta`, `/icons`. */
export const textOfDefinition = valuePointer.refine(
  (pointer) => {
    const [, first = '', ...rest] = pointer.split('/');
    if (['_meta', 'icons'].includes(first)) return true;
    if (rest.length === 0) return ['description', 'title'].includes(first);
    const isSchema = first === 'inputSchema' || first === 'outputSchema';
    return isSchema && texts.has(rest.at(-1) ?? '') && !maps.has(rest.at(-2) ?? '');
  },
  {
    error: ({ input }) =>
      `${JSON.stringify(input)} is no text of a definition: write /description, /title, /_meta, /icons, or such a text within a schema`,
  },
);

/** The name of one argument, as it stands in the schema. */
export const argumentName = z
  .string()
  .min(1)
  .refine((text) => !text.startsWith('/') && !/[[\]*]/.test(text), {
    error: ({ input }) =>
      `${JSON.stringify(input)} is no name of an argument: write it without / and *, such as order_id`,
  });

function isWellFormed(path: string): boolean {
  if (/~(?![01])/.test(path) || !path.isWellFormed()) return false;
  return path.startsWith('/') ? !/\/(?:\/|$)/.test(path) : /^\$?[^./*[\]\s#$]+$/.test(path);
}

/** `$.plan.steps[*].from`, `plan.steps[].from` and `#/plan/from` as they are written here. */
function asPointer(path: string): string {
  const tokens = path
    .replace(/^[#$]+(?=[./[])/, '')
    .replaceAll(/\[(\d+|\*)?\]/g, (_, index?: string) => `/${index ?? '*'}`)
    .replaceAll(/~(?![01])/g, '~0')
    .split(path.startsWith('/') ? '/' : /[./]/)
    .map((token) => token.trim())
    .filter((token) => token !== '');
  return `/${tokens.join('/')}`;
}
