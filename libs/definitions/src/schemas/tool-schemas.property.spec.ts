import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { compileToolSchemas } from './tool-schemas.ts';

const name = fc.constantFrom('a', 'b', 'c');
const leaf = fc.oneof(
  fc.constantFrom<JsonObject>({ type: 'string' }, { type: 'integer' }, { type: 'boolean' }, {}, { type: 'null' }),
  fc.record({ type: fc.constant('string'), maxLength: fc.nat(3) }),
  fc.record({ type: fc.constant('number'), minimum: fc.integer({ min: -2, max: 2 }) }),
  fc.record({ enum: fc.array(fc.constantFrom<JsonValue>('x', 1, null, true), { minLength: 1 }) }),
  fc.record({ type: fc.constant('string'), pattern: fc.constantFrom('^x', 'y$', '^[a-c]+$') }),
);
const { schema } = fc.letrec<{ schema: JsonObject; object: JsonObject }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small' },
    leaf,
    tie('object'),
    fc.record({ type: fc.constant('array'), items: tie('schema') }),
  ),
  object: fc.record(
    {
      type: fc.constant('object'),
      properties: fc.dictionary(name, tie('schema'), { maxKeys: 3 }),
      required: fc.uniqueArray(name, { maxLength: 2 }),
      additionalProperties: fc.oneof(fc.boolean(), tie('schema')),
    },
    { requiredKeys: ['type', 'properties'] },
  ),
}));
const inputSchema = fc.record(
  {
    type: fc.constant('object'),
    properties: fc.dictionary(name, schema, { maxKeys: 3 }),
    required: fc.uniqueArray(name, { maxLength: 2 }),
    allOf: fc.array(fc.record({ properties: fc.dictionary(name, schema, { maxKeys: 2 }) }), {
      minLength: 1,
      maxLength: 2,
    }),
    anyOf: fc.array(fc.record({ properties: fc.dictionary(name, schema, { maxKeys: 2 }) }), {
      minLength: 1,
      maxLength: 2,
    }),
  },
  { requiredKeys: ['type', 'properties'] },
) as fc.Arbitrary<JsonObject>;
const value = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<JsonValue>('x', 'xy', 'abc', '', 0, 1, -3, 2.5, true, null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3 }),
  ),
})).value;
const args = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), value, { maxKeys: 4 }) as fc.Arbitrary<JsonObject>;

/** ajv as it comes: native patterns, nothing counted. */
const oracle = new Ajv2020({ strict: false, logger: false });

test('arguments are accepted exactly where plain ajv accepts them under the closed schema', () => {
  let accepted = 0;
  fc.assert(
    fc.property(inputSchema, fc.array(args, { minLength: 3, maxLength: 8 }), (written, calls) => {
      const made = compileToolSchemas({ definition: { name: 'x', inputSchema: written } });
      if (!made.ok) throw new Error(made.problem);
      const parts = [written, ...['allOf', 'anyOf'].flatMap((keyword) => (written[keyword] ?? []) as JsonObject[])];
      const isOpen = parts.every(({ properties }) => Object.keys(properties as JsonObject).length === 0);
      const plain = oracle.compile(isOpen ? written : { ...written, unevaluatedProperties: false });
      for (const call of calls) {
        const errors = made.checkInput(call);
        expect(errors.length === 0).toBe(plain(call));
        expect(errors.length).toBeLessThanOrEqual(3);
        accepted += errors.length === 0 ? 1 : 0;
      }
    }),
    { numRuns: 200 },
  );
  expect(accepted).toBeGreaterThan(20);
});

test('what an output check keeps was there, keeps nothing more the second time, and its drops are counted', () => {
  fc.assert(
    fc.property(inputSchema, args, (outputSchema, result) => {
      const made = compileToolSchemas({ definition: { name: 'x', inputSchema: {}, outputSchema } });
      if (!made.ok || made.checkOutput === null) throw new Error('did not compile');
      const before = structuredClone(result);
      const first = made.checkOutput(result);
      expect(result).toEqual(before);
      expect(members(result) - members(first.value)).toBeGreaterThanOrEqual(first.dropped);
      expect(made.checkOutput(first.value)).toMatchObject({ value: first.value, dropped: 0 });
    }),
    { numRuns: 200 },
  );
});

function members(json: JsonValue): number {
  if (json === null || typeof json !== 'object') return 0;
  const own = Array.isArray(json) ? 0 : Object.keys(json).length;
  return Object.values(json).reduce<number>((sum, member) => sum + members(member), own);
}

const weakPart = fc.letrec<{ part: JsonObject }>((tie) => ({
  part: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.constantFrom<JsonObject>({ pattern: '^(?!x)' }, { pattern: '(.)\\1' }, { $ref: '#/$defs/weak' }),
    tie('part').map((part): JsonObject => ({ not: part })),
    fc.tuple(tie('part'), tie('part')).map((parts): JsonObject => ({ oneOf: parts })),
    fc.tuple(tie('part'), tie('part')).map((parts): JsonObject => ({ anyOf: parts })),
    fc.record({ if: tie('part'), then: tie('part'), else: tie('part') }),
    fc.record({ contains: tie('part'), maxContains: fc.constant(1) }),
    fc.record({
      properties: fc.dictionary(name, tie('part'), { maxKeys: 2 }),
      unevaluatedProperties: fc.constant(false),
    }),
    fc.record({ patternProperties: fc.record({ '^(?!b)': tie('part') }), additionalProperties: fc.constant(false) }),
  ),
})).part;

test('a schema without what can not be enforced takes every value that the whole takes', () => {
  let accepted = 0;
  fc.assert(
    fc.property(weakPart, fc.array(value, { minLength: 3, maxLength: 8 }), (a, values) => {
      const whole = { type: 'object', properties: { a }, $defs: { weak: { pattern: '(?=x)' } } };
      const made = compileToolSchemas({ definition: { name: 'x', inputSchema: whole } });
      if (!made.ok) throw new Error(made.problem);
      const plain = oracle.compile(whole);
      for (const each of values.filter((one) => plain({ a: one }))) {
        expect(made.checkInput({ a: each })).toEqual([]);
        accepted += 1;
      }
    }),
    { numRuns: 400 },
  );
  expect(accepted).toBeGreaterThan(100);
});
