import type { JsonObject } from '@sallyport/contracts';
import { overlayFaults } from './overlay-faults.ts';
import { compileToolSchemas } from './tool-schemas.ts';

const id = { type: 'string' };

describe('an overlay that could never refuse anything, by itself', () => {
  const told = (overlay: JsonObject) =>
    overlayFaults(overlay).map(({ path, message, hint }) => `${path.join('/')}: ${message} ${hint}`);

  test.each<[JsonObject, string]>([
    [
      { properties: { note: { maxLenght: 3 } } },
      'properties/note/maxLenght: unknown keyword "maxLenght" Did you mean "maxLength"?',
    ],
    [{ properties: { note: { patern: 'a' } } }, 'Did you mean "pattern"?'],
    [
      { additionalProperites: false },
      'additionalProperites: unknown keyword "additionalProperites" Did you mean "addit',
    ],
    [{ propertys: { note: { maxLength: 3 } } }, 'Did you mean "properties"?'],
    [{ anyOf: [{}, { not: { requird: ['a'] } }] }, 'anyOf/1/not/requird: unknown keyword'],
    [
      { $defs: { a: { items: { max_items: 3 } } } },
      '$defs/a/items/max_items: unknown keyword "max_items" Did you mean',
    ],
    [{ properties: { a: { items: id, additionalItems: false } } }, 'unknown keyword "additionalItems"'],
    [{ dependentSchemas: { a: { wholly: 1 } } }, 'unknown keyword "wholly" A keyword of your own begins with "x-".'],
    [{ properties: { a: { 'sallyport:effort': true } } }, 'unknown keyword "sallyport:effort"'],
    [{ properties: { a: { constructor: 1 } } }, 'unknown keyword "constructor"'],
    [
      { properties: { mail: { format: 'emial' } } },
      'no format "emial" is checked Did you mean "email"? There are: date,',
    ],
    [{ properties: { mail: { format: 'iri' } } }, 'no format "iri" is checked'],
    [{ if: { required: ['a'] } }, 'if: "if" says nothing without "then" or "else"'],
    [{ then: { required: ['a'] } }, '"then" says nothing without "if"'],
    [{ properties: { a: { maxContains: 3 } } }, '"maxContains" says nothing without "contains"'],
    [{ properties: { a: { type: 'strng' } } }, ': schema is invalid'],
    [{ properties: { a: { pattern: '(?=a)' } } }, 'look-around'],
  ])('%j', (overlay, fault) => expect(told(overlay).join()).toContain(fault));

  test('every fault is told', () => {
    expect(told({ properties: { a: { patern: 'a' }, b: { maxLenght: 3 } } })).toHaveLength(2);
  });

  test.each<[JsonObject]>([
    [{}],
    [{ properties: { maxLenght: { maxLength: 3 }, patern: false } }],
    [
      {
        'x-owner': 'team',
        properties: { a: { 'x-why': { maxLenght: 1 }, title: 'A', description: 'a', examples: [1] } },
      },
    ],
    [
      {
        $schema: 'http://json-schema.org/draft-07/schema#',
        properties: { a: { items: [id], additionalItems: false } },
      },
    ],
    [{ $defs: { a: { const: { patern: 1 } } }, if: { $ref: '#/$defs/a' }, then: false, default: { maxLenght: 1 } }],
    [{ properties: { self: { $ref: '#' } } }],
    [{ properties: { a: { format: 'uuid', contentEncoding: 'base64', readOnly: true, $comment: 'x' } } }],
  ])('nothing is wrong with %j', (overlay) => expect(told(overlay)).toEqual([]));
});

describe('an overlay that speaks of what the tool does not have', () => {
  const plan = { type: 'object', properties: { from: id, to: id }, additionalProperties: false };
  const inputSchema = {
    type: 'object',
    $defs: { Step: { type: 'object', properties: { doc: id, next: { $ref: '#/$defs/Step' } } } },
    properties: {
      plan,
      amount: { type: 'integer' },
      note: { type: ['string', 'null'] },
      ids: { type: 'array', items: id },
      step: { $ref: '#/$defs/Step' },
      free: { type: 'object' },
      any: {},
      map: { type: 'object', propertyNames: { enum: ['red', 'blue'] }, additionalProperties: id },
    },
  };
  const problem = (overlay: JsonObject, schema: JsonObject = inputSchema) => {
    const made = compileToolSchemas({ definition: { name: 'x', inputSchema: schema }, overlay });
    return made.ok ? null : made.problem;
  };

  test.each<[string, JsonObject, string]>([
    ['properties', { properties: { nte: { maxLength: 3 } } }, '/nte. Did you mean /note?'],
    ['what is forbidden', { properties: { nte: false } }, '/nte. Did you mean /note?'],
    ['required', { required: ['amont'] }, '/amont. Did you mean /amount?'],
    ['required below', { properties: { plan: { required: ['form'] } } }, '/plan/form. Did you mean /plan/from?'],
    ['dependentRequired', { dependentRequired: { note: ['amont'] } }, '/amont. Did you mean /amount?'],
    ['its members', { dependentRequired: { nte: ['amount'] } }, '/nte. Did you mean /note?'],
    ['dependentSchemas', { dependentSchemas: { nte: { maxProperties: 2 } } }, '/nte. Did you mean /note?'],
    ['dependencies', { dependencies: { note: ['amont'] } }, '/amont. Did you mean /amount?'],
    ['what is negated', { not: { required: ['nte'] } }, '/nte. Did you mean /note?'],
    ['a branch', { if: { required: ['nte'] }, then: { required: ['amount'] } }, '/nte. Did you mean /note?'],
    ['a reference', { $ref: '#/$defs/a', $defs: { a: { required: ['nte'] } } }, '/nte. Did you mean /note?'],
    ['names that are forbidden', { propertyNames: { not: { enum: ['nte'] } } }, '/nte. Did you mean /note?'],
    ['names of a map', { properties: { map: { properties: { rad: { maxLength: 1 } } } } }, 'Did you mean /map/red?'],
    ['an array that is none', { properties: { ids: { properties: { x: id } } } }, '/ids/x.'],
    ['a recursion', { properties: { step: { properties: { next: { required: ['dok'] } } } } }, '/step/next/dok. Did'],
    [
      'a pattern',
      { patternProperties: { '^nota': { maxLength: 3 } } },
      '/^nota by that pattern. There is: plan, amount,',
    ],
    [
      'a pattern below',
      { properties: { plan: { patternProperties: { '^frm': false } } } },
      '/plan/^frm by that pattern',
    ],
    [
      'a text that is a number',
      { properties: { amount: { maxLength: 3 } } },
      'maxLength says nothing of /amount, since',
    ],
    ['a text that is a list', { properties: { ids: { pattern: 'a' } } }, 'since only array can stand there'],
    ['a number that is a text', { properties: { note: { maximum: 3 } } }, 'since only string or null can stand there'],
    ['a format of a number', { properties: { amount: { format: 'uuid' } } }, 'format says nothing of /amount'],
    [
      'a branch that always holds',
      { properties: { note: { anyOf: [{ maxLength: 3 }, { maxItems: 3 }] } } },
      'maxItems',
    ],
    ['arguments that are no text', { maxLength: 3 }, 'maxLength says nothing of the arguments'],
  ])('%s', (_name, overlay, told) => expect(problem(overlay)).toContain(told));

  test.each<[JsonObject]>([
    [{ properties: { note: { maxLength: 3 }, ids: { maxItems: 3, items: { maxLength: 3 } }, amount: { maximum: 3 } } }],
    [{ required: ['note'], dependentRequired: { note: ['amount'] }, not: { required: ['plan', 'free'] } }],
    [{ properties: { plan: { patternProperties: { '^f': { maxLength: 3 } } } }, patternProperties: { '^no': {} } }],
    [{ properties: { free: { required: ['what', 'ever'], patternProperties: { x: id } } } }],
    [
      {
        properties: {
          any: { maxLength: 3, maximum: 3, required: ['x'] },
          map: { additionalProperties: { maxLength: 3 } },
        },
      },
    ],
    [{ properties: { note: { anyOf: [{ type: 'string', maxLength: 3 }, { type: 'null' }] } }, maxProperties: 3 }],
    [
      {
        properties: { step: { $ref: '#/$defs/s' } },
        $defs: { s: { properties: { doc: id, next: { $ref: '#/$defs/s' } } } },
      },
    ],
    [inputSchema],
  ])('takes %j', (overlay) => expect(problem(overlay)).toBeNull());

  test('a tool that welcomes others takes them, but no slip', () => {
    const open = { type: 'object', properties: { owner_id: id }, additionalProperties: true };
    expect(problem({ required: ['something'], patternProperties: { '^x': id } }, open)).toBeNull();
    expect(problem({ required: ['owner_ids'] }, open)).toContain('Did you mean /owner_id?');
    expect(problem({ properties: { owner_id: {} }, required: ['owner_ids'] }, open)).toBeNull();
  });

  test('a schema of an upstream may hold what it likes', () => {
    expect(
      problem({}, { ...inputSchema, maxLenght: 3, minLength: 1, properties: { a: { format: 'emial' } } }),
    ).toBeNull();
  });
});
