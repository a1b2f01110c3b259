import { z } from 'zod';
import { argumentName, argumentPath, valuePointer } from './paths.config.ts';
import { duration } from './scalars.config.ts';

/** How the owner and version of an object are found: a read-only call of ours to the same upstream. */
export const resolver = z.strictObject({
  tool: z.string().min(1).describe('The read-only tool to ask.'),
  argument: argumentName.describe('The argument of that tool that takes the object’s id.'),
  owner: valuePointer.describe('JSON Pointer to the owner in its result.'),
  version: valuePointer
    .optional()
    .describe('JSON Pointer to a version (etag, updated_at). An answer without it leaves the object unresolved.'),
  attributes: z
    .record(z.string().regex(/^[a-z][a-z0-9_]*$/), valuePointer)
    .default({})
    .describe('Further values by JSON Pointer, for policies (`resource.total`) and questions (`{Order.total}`).'),
  sample: z
    .string()
    .min(1)
    .optional()
    .describe(
      'The id of an object that exists; the self-check then proves that its owner, version and attributes are found.',
    ),
  ttl: duration.default(10_000).describe('How long an answer may be used again.'),
  timeout: duration.default(2_000).describe('How long the answer may take.'),
});

/** Which argument names objects, and how their owners are found. */
export const resourceRule = z.strictObject({
  argument: argumentPath.describe(
    'A JSON Pointer such as /plan/from, with * for every element or member, or one bare name. It must be in the tool’s input schema.',
  ),
  type: z
    .string()
    .regex(/^[A-Z][A-Za-z0-9_]*$/)
    .describe('The entity type in policies.'),
  resolver: resolver
    .optional()
    .describe('Without one its owner is never known, and every call that names such an object is refused.'),
});

/** What we know of a prompt, or of the resources of a template: which of its arguments or variables name objects. */
export const declared = z.strictObject({
  resources: z
    .array(
      resourceRule.extend({
        argument: argumentPath
          .refine((name) => !name.startsWith('/'), { message: 'a name alone: there is nothing below it' })
          .describe('The name of an argument, or of a variable.'),
      }),
    )
    .min(1)
    .describe('Which arguments of the prompt, or variables of the template, name objects.'),
});

/** An expression of a URI template that a variable can be read from. */
const readable = /\{(\w+)\}/g;

/** The same of templates, by URI template. */
export const declaredTemplates = z.record(z.string().min(1), declared).superRefine((templates, { addIssue }) => {
  for (const [template, { resources }] of Object.entries(templates)) {
    const known = [...template.matchAll(readable)].map(([, name = '']) => name);
    for (const [at, { argument }] of resources.entries())
      if (known.filter((name) => name === argument).length !== 1)
        addIssue({
          code: 'custom',
          path: [template, 'resources', at, 'argument'],
          message: `${argument} must stand in the template once, as {${argument}}`,
        });
  }
});

export type ResourceRule = z.infer<typeof resourceRule>;
export type Resolver = z.infer<typeof resolver>;
