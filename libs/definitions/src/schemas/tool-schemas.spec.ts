import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { parseExact } from '@sallyport/base';
import { compileToolSchemas } from './tool-schemas.ts';

function tool(inputSchema: JsonValue, more: { overlay?: JsonObject; outputSchema?: JsonValue } = {}) {
  const { overlay, ...rest } = more;
  return compileToolSchemas({ definition: { name: 'x', inputSchema, ...rest }, ...(overlay ? { overlay } : {}) });
}

function check(inputSchema: JsonValue, args: JsonObject, overlay?: JsonObject) {
  const made = tool(inputSchema, overlay ? { overlay } : {});
  if (!made.ok) throw new Error(made.problem);
  return made.checkInput(args).map(({ pointer, message }) => `${pointer} ${message}`);
}

function output(outputSchema: JsonValue, value: JsonObject) {
  const made = tool({ type: 'object' }, { outputSchema });
  if (!made.ok || made.checkOutput === null) throw new Error('no output schema');
  return made.checkOutput(value);
}

function problem(inputSchema: JsonValue, overlay?: JsonObject): string {
  const made = tool(inputSchema, overlay ? { overlay } : {});
  return made.ok ? 'compiled' : made.problem;
}

const order = { type: 'object', properties: { order_id: { type: 'string' } }, required: ['order_id'] };

describe('arguments', () => {
  test.each<[string, JsonObject, string[]]>([
    ['a wrong type, without its value', { order_id: 7 }, ['/order_id must be string']],
    ['a missing argument', {}, ['/order_id is required']],
    ['an argument that is not named', { order_id: '1', order_idd: '2' }, ['/order_idd is not known']],
    ['a strange name is not repeated', { order_id: '1', 'say "x"\u202e': 1 }, [' has a member that is not known']],
    ['an inherited name is not there', { order_id: '1', toString: 1 }, ['/toString is not known']],
    ['what is right', { order_id: '1' }, []],
  ])('%s', (_name, args, errors) => expect(check(order, args)).toEqual(errors));

  test('no message quotes a value or the allowed ones', () => {
    const secret = {
      type: 'object',
      properties: { a: { enum: ['s3cret'] }, b: { pattern: 's3cret' }, c: { const: 's3cret' } },
    };
    for (const args of [{ a: 'mine' }, { b: 'mine' }, { c: 'mine' }])
      expect(check(secret, args).join()).not.toMatch(/s3cret|mine/);
  });

  test('a required member of the prototype is not there', () => {
    expect(check({ type: 'object', required: ['constructor'] }, {})).toEqual(['/constructor is required']);
  });

  test('a schema that welcomes others gets them', () => {
    expect(check({ ...order, additionalProperties: true }, { order_id: '1', x: 1 })).toEqual([]);
    expect(check({ ...order, additionalProperties: { type: 'number' } }, { order_id: '1', x: 'y' })).toHaveLength(1);
    expect(check({ ...order, patternProperties: { '^x-': {} } }, { order_id: '1', 'x-a': 1 })).toEqual([]);
    expect(check({ ...order, patternProperties: { '^x-': {} } }, { order_id: '1', y: 1 })).toEqual(['/y is not known']);
  });

  test('what joined parts name is named', () => {
    const joined = { allOf: [{ $ref: '#/$defs/a' }, order], $defs: { a: { properties: { a: {} } } } };
    expect(check(joined, { order_id: '1', a: 1 })).toEqual([]);
    expect(check(joined, { order_id: '1', b: 1 })).toEqual(['/b is not known']);
    const either = { anyOf: [order, { properties: { all: { const: true } }, required: ['all'] }] };
    expect(check(either, { order_id: '1', c: 1 })).toEqual(['/c is not known']);
  });

  test('closing is for the arguments themselves, not for what refers to the whole schema', () => {
    const tree = {
      type: 'object',
      properties: { name: { type: 'string' }, children: { type: 'array', items: { $ref: '#' } } },
    };
    expect(check(tree, { children: [{ name: 'a', extra: 1 }] })).toEqual([]);
    expect(check(tree, { children: [{ name: 1 }] })).toEqual(['/children/0/name must be string']);
    expect(check(tree, { extra: 1 })).toEqual(['/extra is not known']);
  });

  test('draft-07 is read as it was meant', () => {
    const pair = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      definitions: { id: { type: 'string' } },
      properties: {
        pair: { type: 'array', items: [{ $ref: '#/definitions/id' }, { type: 'number' }], additionalItems: false },
      },
    };
    expect(check(pair, { pair: ['a', 1] })).toEqual([]);
    expect(check(pair, { pair: [1, 1] })).toEqual(['/pair/0 must be string']);
    expect(check(pair, { pair: ['a', 1, 2] })).toHaveLength(1);
  });

  test('the same item twice', () => {
    const list = { type: 'object', properties: { a: { type: 'array', uniqueItems: true } } };
    expect(
      check(list, {
        a: [
          { x: 1, y: 2 },
          { y: 2, x: 1 },
        ],
      }),
    ).toEqual(['/a must not hold the same item twice']);
    expect(check(list, { a: [1, '1', true] })).toEqual([]);
  });

  test('the overlay narrows, and what it names must be there', () => {
    const overlay = { properties: { order_id: { pattern: '^[0-9]{1,10}$' } } };
    expect(check(order, { order_id: 'abc' }, overlay)).toEqual(['/order_id must match the pattern']);
    expect(check(order, { order_id: '12' }, overlay)).toEqual([]);
    expect(problem(order, { properties: { order_idd: { maxLength: 3 } } })).toContain('order_idd');
  });
});

describe('hostile schemas', () => {
  const deep = (levels: number): JsonObject => (levels === 0 ? {} : { properties: { a: deep(levels - 1) } });
  const doubling = Object.fromEntries(
    Array.from({ length: 40 }, (_, at) => [
      `d${at}`,
      { allOf: [{ $ref: `#/$defs/d${at + 1}` }, { $ref: `#/$defs/d${at + 1}` }] },
    ]),
  );
  test.each<[string, JsonValue, RegExp]>([
    ['no schema', 'string', /there is none/],
    ['a reference to itself', { $ref: '#' }, /leads back to itself/],
    ['in a circle', { allOf: [{ $ref: '#/$defs/a' }], $defs: { a: { anyOf: [{ $ref: '#/$defs/a' }] } } }, /leads back/],
    ['nested too deep', deep(60), /nested deeper/],
    ['two to the power of forty', { $ref: '#/$defs/d0', $defs: { ...doubling, d40: {} } }, /references are followed/],
    [
      'too many parts',
      { properties: Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`p${at}`, {}])) },
      /parts/,
    ],
  ])('%s', (_name, schema, says) => expect(problem(schema)).toMatch(says));

  test('properties may be called like keywords', () => {
    const names = { properties: { $ref: { type: 'string' }, $async: { type: 'string' }, $id: {}, enum: {} } };
    expect(check(names, { $ref: 'https://example.com', $async: 'x' })).toEqual([]);
  });

  test('a pattern that would backtrack for ages answers', () => {
    const evil = { properties: { a: { pattern: '^(a+)+$' } } };
    expect(check(evil, { a: `${'a'.repeat(50_000)}!` })).toEqual(['/a must match the pattern']);
    expect(check(evil, { a: 'a'.repeat(50_000) })).toEqual([]);
  });

  test('each pattern is its own', () => {
    const two = {
      properties: { a: { pattern: '^x$' }, b: { pattern: '^y$' } },
      patternProperties: { '^z': { pattern: '^q$' } },
    };
    expect(check(two, { a: 'x', b: 'y', z: 'q' })).toEqual([]);
    expect(check(two, { b: 'x' })).toEqual(['/b must match the pattern']);
    expect(check(two, { z: 'x' })).toEqual(['/z must match the pattern']);
  });

  test('a recursion that branches at each level ends', () => {
    const node = { $ref: '#/$defs/node' };
    const twice = { allOf: [{ properties: { n: node } }, { properties: { n: node } }] };
    const schema = { properties: { n: node }, $defs: { node: { type: 'object', ...twice } } };
    let args: JsonObject = {};
    for (let level = 0; level < 31; level++) args = { n: args };
    expect(check(schema, args)).toEqual([' can not be checked in reasonable time']);
    expect(check(schema, { n: { n: {} } })).toEqual([]);
  });

  test('comparing many items with each other ends', () => {
    const list = { properties: { a: { type: 'array', uniqueItems: true } } };
    expect(check(list, { a: Array.from({ length: 20_000 }, (_, at) => ({ at })) })).toEqual([]);
  });
});

describe('results', () => {
  const person = { type: 'object', properties: { name: { type: 'string' } } };

  test('only what is named stays, at every level', () => {
    const schema = { type: 'object', properties: { people: { type: 'array', items: person } }, required: ['people'] };
    expect(output(schema, { people: [{ name: 'a', ssn: '1' }, { ssn: '2' }], token: 'x' })).toEqual({
      value: { people: [{ name: 'a' }, {}] },
      dropped: 3,
      errors: [],
    });
  });

  const named = { properties: { a: {} } };
  const bare = { type: 'object' };

  test.each<[string, JsonValue, JsonObject]>([
    ['an object alone', bare, { a: { b: 1 } }],
    ['an object with required names', { ...bare, required: ['a'] }, { a: 1, b: 2 }],
    ['a member', { properties: { a: bare } }, { a: { b: { c: 1 } } }],
    ['a member that may be null', { properties: { a: { type: ['object', 'null'] } } }, { a: { b: 1 } }],
    ['a member with an empty list of members', { properties: { a: { ...bare, properties: {} } } }, { a: { b: 1 } }],
    ['items', { properties: { a: { type: 'array', items: bare } } }, { a: [{ b: 1 }, { c: 1 }] }],
    ['a list without items', { properties: { a: { type: 'array' } } }, { a: [{ b: 1 }, 2, [{ c: 1 }]] }],
    ['values of a map', { additionalProperties: bare }, { a: { b: 1 } }],
    ['a reference', { properties: { a: { $ref: '#/$defs/any' } }, $defs: { any: bare } }, { a: { b: 1 } }],
    ['an alternative', { properties: { a: { anyOf: [bare, { type: 'null' }] } } }, { a: { b: 1 } }],
    ['one alternative of several', { properties: { a: { anyOf: [named, bare] } } }, { a: { a: 1, b: 1 } }],
    ['alternatives that only require', { ...bare, oneOf: [{ required: ['a'] }, { required: ['b'] }] }, { a: 1, c: 2 }],
  ])('%s that names no member is open', (_, schema, value) => {
    expect(output(schema, value)).toEqual({ value, dropped: 0, errors: [] });
  });

  test.each<[string, JsonValue]>([
    ['no others', { ...bare, additionalProperties: false }],
    ['none but evaluated ones', { ...bare, unevaluatedProperties: false }],
    ['what another part names', { allOf: [bare, named] }],
    ['what all alternatives name', { anyOf: [named, { type: 'null' }] }],
    ['what it names beside alternatives', { ...named, anyOf: [bare, { required: ['a'] }] }],
    ['what a reference names', { $ref: '#/$defs/one', $defs: { one: named } }],
    ['what one condition names', { ...bare, if: { required: ['b'] }, then: named }],
  ])('an object that takes %s is not', (_, schema) => {
    expect(output(schema, { b: 1 })).toMatchObject({ value: {}, dropped: 1 });
  });

  test('what is welcome stays', () => {
    expect(output({ additionalProperties: true }, { a: { b: 1 } })).toMatchObject({
      value: { a: { b: 1 } },
      dropped: 0,
    });
    expect(output({ additionalProperties: person }, { a: { name: 'x', b: 1 } })).toMatchObject({
      value: { a: { name: 'x' } },
    });
    expect(output({ patternProperties: { '^x': true } }, { x1: [1], y: 1 })).toMatchObject({
      value: { x1: [1] },
      dropped: 1,
    });
    expect(output({ properties: { any: {} } }, { any: { deep: [{ a: 1 }] } })).toMatchObject({ dropped: 0 });
  });

  test('joined schemas name together, also through references and recursion', () => {
    const either = {
      anyOf: [{ properties: { a: person } }, { properties: { a: { properties: { age: {} } }, b: {} } }],
    };
    expect(output(either, { a: { name: 'x', age: 1, ssn: 2 }, b: 1, c: 1 })).toMatchObject({
      value: { a: { name: 'x', age: 1 }, b: 1 },
      dropped: 2,
    });
    const tree = { properties: { n: { $ref: '#' }, v: {} } };
    expect(output(tree, { n: { n: { v: 1, w: 1 }, w: 1 } })).toMatchObject({
      value: { n: { n: { v: 1 } } },
      dropped: 2,
    });
  });

  test('what is only negated is not named', () => {
    expect(
      output({ properties: { a: {} }, not: { properties: { b: { const: 1 } }, required: ['b'] } }, { a: 1, b: 2 }),
    ).toMatchObject({
      value: { a: 1 },
    });
  });

  test('the copy is checked', () => {
    expect(output(person, { name: 7 }).errors).toEqual([{ pointer: '/name', message: 'must be string' }]);
    expect(output({ ...person, additionalProperties: false }, { name: 'x', more: 1 })).toMatchObject({
      errors: [],
      dropped: 1,
    });
  });

  test('a name that would change the prototype is left out', () => {
    const value = JSON.parse('{"__proto__":{"admin":true},"a":1}') as JsonObject;
    const { value: kept } = output({ additionalProperties: true, properties: { a: {} } }, value);
    expect(Object.getPrototypeOf(kept)).toBe(Object.prototype);
    expect(kept).toEqual({ a: 1 });
  });

  test('a tool without an output schema has no check', () => {
    expect(tool({ type: 'object' })).toMatchObject({ ok: true, checkOutput: null });
  });
});

describe('numbers that no double carries', () => {
  const schema = (text: string) => parseExact(`{"type":"object","properties":{"id":${text}}}`);
  const result = (text: string) => output(schema('{"type":"integer","maximum":9223372036854775807}'), parsed(text));
  const parsed = (text: string) => parseExact(`{"id":${text}}`) as JsonObject;

  test.each(['1.50', '1e400', '175928847299117063e3'])('%s does not pass where the schema says otherwise', (text) => {
    expect(result(text).errors).toHaveLength(1);
  });

  test('are no text and no object', () => {
    for (const type of ['string', 'object', 'array', 'boolean', 'null'])
      expect(output(schema(`{"type":"${type}"}`), parsed('175928847299117063')).errors).toHaveLength(1);
  });

  test('pass to the letter where the schema lets them', () => {
    for (const text of ['175928847299117063', '1.0', '1E2', '-0']) {
      const { value, dropped, errors } = result(text);
      expect({ text: JSON.stringify(value), dropped, errors }).toEqual({
        text: `{"id":${text}}`,
        dropped: 0,
        errors: [],
      });
    }
  });

  test('in the schema of arguments bound those of clients', () => {
    const bounds = parseExact('{"type":"object","properties":{"n":{"minimum":1.0,"maximum":9223372036854775807}}}');
    expect(check(bounds, { n: 0 })).toHaveLength(1);
    expect(check(bounds, { n: 1 })).toEqual([]);
    expect(problem(parseExact('{"type":"object","properties":{"n":{"maximum":1e400}}}'))).toBe('compiled');
  });
});
