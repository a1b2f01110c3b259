import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CatalogTool, configSchema, type JsonValue, type SanitizeContext } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { parse } from 'yaml';
import { z } from 'zod';
import { probeTool } from './output-schema/probe-tool.ts';
import { sanitizers } from './sanitizers.ts';

/** What a case file holds; `<ax36>` stands for 36 times `a`, so that no secret scanner takes a case for a leak. */
const object = z.record(z.string(), z.json());
const cases = z.array(
  z.strictObject({
    about: z.string(),
    sanitize: object.default({}),
    what: z.enum(['result', 'prompt', 'resource', 'completion', 'message']).default('result'),
    /** Of a resource: the URI that was asked. */
    uri: z.string().default('file:///docs'),
    tool: z
      .strictObject({
        errors: z.enum(['filter', 'mask', 'pass']).optional(),
        output: z.array(z.string()).optional(),
        maxBlobBytes: z.int().optional(),
      })
      .optional(),
    /** Of the call, and folders that the configuration names. */
    arguments: object.default({}),
    folders: z.array(z.string()).default([]),
    value: object,
    /** Left out where the very same object must come back. */
    expect: object.optional(),
    changes: z.record(z.string(), z.int()).default({}),
  }),
);
type Case = z.infer<typeof cases>[number];

const here = import.meta.dirname;

function read(id: string): Case[] {
  const text = readFileSync(join(here, id, `${id}.cases.yaml`), 'utf8');
  return cases.parse(
    parse(text.replace(/<(.)x(\d+)>/g, (_, character: string, times) => character.repeat(Number(times)))),
  );
}

function toolOf({ tool }: Case): CatalogTool | null {
  if (tool === undefined) return null;
  const { errors = 'mask', maxBlobBytes, output } = tool;
  const limit = maxBlobBytes === undefined ? {} : { maxBlobBytes };
  return { ...probeTool, errors, ...limit, checkOutput: output ? (value) => checkNames(value, output) : null };
}

/** A schema that requires the first name, where there is one, and allows the others. */
function checkNames(given: JsonValue, names: readonly string[]): ReturnType<NonNullable<CatalogTool['checkOutput']>> {
  const value = isObject(given) ? given : {};
  const [required] = names;
  const kept = Object.entries(value).filter(([name]) => names.includes(name));
  const holds = required === undefined || Object.hasOwn(value, required);
  const errors = holds ? [] : [{ pointer: '', message: `must have ${required}` }];
  return { value: Object.fromEntries(kept), dropped: Object.keys(value).length - kept.length, errors };
}

describe.each(sanitizers.map(({ id }) => id))('%s', (id) => {
  const listed = sanitizers.find((item) => item.id === id);

  test.each(read(id))('$about', (given) => {
    const config = configSchema.parse({ upstreams: {}, sanitize: given.sanitize });
    const context: SanitizeContext = {
      tool: toolOf(given),
      what: given.what,
      uri: given.uri,
      reference: '01J',
      upstream: 'orders',
      arguments: given.arguments,
      folders: given.folders,
    };
    const { value, changes } = listed?.create(config)(given.value, context) ?? {};

    if (given.expect === undefined) expect(value).toBe(given.value);
    else expect(value).toEqual(given.expect);
    expect(Object.fromEntries(changes?.map(({ kind, count }) => [kind, count]) ?? [])).toEqual(given.changes);
    expect(changes?.every(({ sanitizer }) => sanitizer === id)).toBe(true);
  });
});

test('every folder of a sanitizer is on the list', () => {
  const folders = readdirSync(here, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => name).sort()).toEqual(sanitizers.map(({ id }) => id).sort());
});
