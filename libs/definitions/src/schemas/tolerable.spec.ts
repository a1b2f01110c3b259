import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { compileToolSchemas } from './tool-schemas.ts';

function made(inputSchema: JsonValue, more: JsonObject = {}) {
  const compiled = compileToolSchemas({ definition: { name: 'x', inputSchema, ...more } });
  if (!compiled.ok) throw new Error(compiled.problem);
  return compiled;
}

/** What is left out of a schema, and what the rest says of arguments. */
function judged(inputSchema: JsonValue, ...each: readonly JsonObject[]) {
  const { leftOut, checkInput } = made(inputSchema);
  const errors = each.map((args) =>
    checkInput(args)
      .map(({ pointer, message }) => `${pointer} ${message}`)
      .join(),
  );
  return { leftOut, errors };
}

const word = { type: 'string' };
const ofA = (a: JsonValue, more: JsonObject = {}): JsonObject => ({ type: 'object', properties: { a }, ...more });

describe('a keyword that can not be enforced', () => {
  test.each<[string, JsonObject, string, RegExp]>([
    ['a pattern with look-ahead', { ...word, pattern: '^(?=.*\\d)\\w+$' }, 'pattern', /look-around/],
    ['a pattern with look-behind', { ...word, pattern: '(?<!x)y' }, 'pattern', /look-around/],
    ['a pattern with a back reference', { ...word, pattern: '(\\w)\\1' }, 'pattern', /back references/],
    ['no pattern', { ...word, pattern: 'a(b' }, 'pattern', /is no pattern/],
    ['a pattern that is too long', { ...word, pattern: 'a'.repeat(2000) }, 'pattern', /longer/],
    ['a pattern that is large inside', { ...word, pattern: '(a{0,1000}b?)'.repeat(60) }, 'pattern', /repeats/],
    ['no choice at all', { ...word, enum: [] }, 'enum', /allows nothing/],
    ['too many choices', { enum: Array.from({ length: 2000 }, (_, at) => at) }, 'enum', /longer than 1000/],
    ['a type that there is not', { type: 'float64' }, 'type', /must be/],
    ['a bound that is no number', { type: 'number', minimum: '5' }, 'minimum', /must be number/],
    ['required of draft-03', { ...word, required: true }, 'required', /must be array/],
    ['a null', { type: 'array', items: null }, 'items', /must be/],
    ['a reference into the network', { $ref: 'https://example.com/schema.json' }, '$ref', /leads out/],
    ['a reference to a file', { $ref: 'file:///etc/passwd' }, '$ref', /leads out/],
    ['a reference to nothing', { $ref: '#/$defs/x' }, '$ref', /nowhere/],
    ['a reference that is none', { $ref: 7 }, '$ref', /nowhere/],
    ['an answer that comes later', { $async: true, ...word }, '$async', /not supported/],
    ['a dynamic reference', { $dynamicRef: '#a' }, '$dynamicRef', /not supported/],
  ])('%s is left out and told', (_name, part, keyword, why) => {
    const { leftOut, errors } = judged(ofA(part, { required: ['a'] }), { a: 'q' }, {}, { a: 'q', b: 1 });
    expect(leftOut).toEqual([expect.stringMatching(why)]);
    expect(leftOut[0]).toMatch(`inputSchema/properties/a/${keyword}: `);
    if (keyword !== 'items' && keyword !== 'minimum') expect(errors[0]).toBe('');
    expect(errors.slice(1)).toEqual(['/a is required', '/b is not known']);
  });

  test('the rest of its part is enforced', () => {
    const part = { ...word, pattern: '(?!x)', format: 'email', maxLength: 9 };
    expect(judged(ofA(part), { a: 'a@b.example' }, { a: 'abc' }, { a: 7 }).errors).toEqual([
      '/a must NOT have more than 9 characters',
      '/a must match format "email"',
      '/a must be string',
    ]);
  });

  test('makes nothing stricter where it is turned round', () => {
    const weak = { pattern: '(?!x)' };
    expect(judged(ofA({ not: weak }), { a: 'q' }).errors).toEqual(['']);
    expect(judged(ofA({ not: { $ref: '#/$defs/w' } }, { $defs: { w: weak } }), { a: 'q' }).errors).toEqual(['']);
    expect(judged(ofA({ if: weak, then: { maxLength: 1 } }), { a: 'long' }).errors).toEqual(['']);
    expect(judged(ofA({ oneOf: [weak, word] }), { a: 'q' })).toEqual({
      leftOut: [expect.any(String), expect.stringMatching(/\/oneOf: that only one/)],
      errors: [''],
    });
    const list = { type: 'array', contains: weak, maxContains: 1 };
    expect(judged(ofA(list), { a: ['q', 'r'] }).errors).toEqual(['']);
  });

  test('opens the object whose members it would have named', () => {
    expect(judged({ ...ofA(word), $ref: 'https://example.com/more' }, { a: 'q', more: 1 }, { a: 1 }).errors).toEqual([
      '',
      '/a must be string',
    ]);
    const named = { ...ofA(word), patternProperties: { '^(?!a)': word, '^x': word }, additionalProperties: false };
    expect(judged(named, { b: 1 }, { x: 1 }).errors).toEqual(['', '/x must be string']);
  });

  test('of a result is left out, too', () => {
    const { leftOut, checkOutput } = made({ type: 'object' }, { outputSchema: ofA({ ...word, pattern: '(?=q)' }) });
    expect(leftOut).toEqual([expect.stringContaining('outputSchema/properties/a/pattern')]);
    expect(checkOutput?.({ a: 'x', b: 1 })).toEqual({ value: { a: 'x' }, dropped: 1, errors: [] });
    expect(checkOutput?.({ a: 1 }).errors).toHaveLength(1);
  });

  test('is told of at most some twenty places', () => {
    const properties = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`p${at}`, { type: 'any' }]));
    const { leftOut } = judged({ type: 'object', properties });
    expect(leftOut).toHaveLength(21);
    expect(leftOut.at(-1)).toMatch(/30 more/);
  });
});

describe('older dialects say the same', () => {
  test.each<[string, JsonObject, JsonObject, JsonObject]>([
    ['exclusive bounds', ofA({ minimum: 2, exclusiveMinimum: true }), { a: 3 }, { a: 2 }],
    ['bounds that are not', ofA({ maximum: 2, exclusiveMaximum: false }), { a: 2 }, { a: 3 }],
    ['ids', { id: 'http://x.example/s', ...ofA({ id: '#word', ...word }) }, { a: 'q' }, { a: 1 }],
    ['nullable with a type', ofA({ ...word, enum: ['q'], nullable: true }), { a: null }, { a: 'r' }],
    ['nullable with types', ofA({ type: ['string', 'number'], nullable: true }), { a: null }, { a: true }],
    ['nullable beside a union', ofA({ oneOf: [word, { type: 'number' }], nullable: true }), { a: null }, { a: [] }],
    [
      'nullable beside a reference',
      ofA({ $ref: '#/$defs/w', nullable: true }, { $defs: { w: word } }),
      { a: null },
      { a: 1 },
    ],
    ['nullable that is not', ofA({ type: ['string', 'null'], nullable: false }), { a: 'q' }, { a: 1 }],
    ['tuples', ofA({ type: 'array', items: [word], additionalItems: false }), { a: ['q'] }, { a: ['q', 'r'] }],
  ])('%s', (_name, schema, right, wrong) => {
    for (const dialect of ['draft-04', 'draft-06', 'draft-07']) {
      const { leftOut, errors } = judged(
        { $schema: `http://json-schema.org/${dialect}/schema#`, ...schema },
        right,
        wrong,
      );
      expect(leftOut).toEqual([]);
      expect(errors).toEqual(['', expect.stringMatching(/^\/a/)]);
    }
  });

  test('a dialect that is not known is read as 2020-12, and told', () => {
    expect(judged({ $schema: 'https://example.com/my-own', ...ofA(word) }, { a: 1 })).toEqual({
      leftOut: ['inputSchema/$schema: it is read as 2020-12'],
      errors: ['/a must be string'],
    });
  });
});

describe('references by name', () => {
  const id = 'https://example.com/tool.json';
  test.each<[string, JsonObject]>([
    ['an anchor', ofA({ $ref: '#w' }, { $defs: { any: { $anchor: 'w', ...word } } })],
    ['an anchor of draft-07', ofA({ $ref: '#w' }, { definitions: { any: { $id: '#w', ...word } } })],
    ['the schema by its own id', { $id: id, ...ofA({ $ref: `${id}#/$defs/w` }, { $defs: { w: word } }) }],
    ['a part by its id', ofA({ $ref: 'word' }, { $defs: { any: { $id: 'word', ...word } } })],
    ['from a part that has an id', ofA({ $id: 'own', $ref: '#/$defs/w', $defs: { w: word } }, { $defs: { w: {} } })],
    ['a place of no keyword', { ...ofA({ $ref: '#/components/w' }), components: { w: { id: 'w', ...word } } }],
    ['a strange name', ofA({ $ref: '#/$defs/a~1b%25c' }, { $defs: { 'a/b%c': { $id: 'x', ...word } } })],
  ])('%s', (_name, schema) => {
    expect(judged(schema, { a: 'q' }, { a: 1 }, { b: 1 })).toEqual({
      leftOut: [],
      errors: ['', '/a must be string', '/b is not known'],
    });
  });
});

test('an object takes any member where none is named', () => {
  for (const schema of [
    {},
    { type: 'object' },
    { type: 'object', properties: {} },
    { type: 'object', required: ['a'] },
  ])
    expect(judged(schema, { a: 1 }).errors).toEqual(['']);
  expect(judged({ type: 'object', additionalProperties: false }, { a: 1 }).errors).toEqual(['/a is not known']);
  expect(judged({ type: 'object', properties: null }, { a: 1 }).errors).toEqual(['']);
});
