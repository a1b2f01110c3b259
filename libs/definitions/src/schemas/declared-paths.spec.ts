import { configSchema, type DeclaredNumber, type JsonObject } from '@sallyport/contracts';
import { declaredProblem } from './declared-paths.ts';

const id = { type: 'string' };
const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({ type: 'object', properties, ...more });

interface Input {
  readonly tool?: JsonObject;
  readonly numbers?: DeclaredNumber[];
  readonly others?: Record<string, JsonObject>;
}

function problem(inputSchema: JsonObject, { tool = {}, numbers = [], others = {} }: Input): string | null {
  const config = configSchema.parse({ upstreams: { docs: { command: ['docs'], tools: { move: tool } } } });
  return declaredProblem({
    upstream: 'docs',
    kind: 'tool',
    tool: 'move',
    definition: { name: 'move', inputSchema },
    config: { ...config, numbers },
    definitionOf: (name) => others[name],
  });
}

const resource = (argument: string, resolver?: JsonObject): Input => ({
  tool: { resources: [{ argument, type: 'Doc', ...(resolver ? { resolver } : {}) }] },
});

const plan = object({ plan: object({ from: id, to: id }), steps: { type: 'array', items: object({ from: id }) } });

describe('resources', () => {
  it.each([
    ['/plan/form', '/plan/from'],
    ['/plan/From', '/plan/from'],
    ['/plan.from', '/plan/from'],
    ['/plna/from', '/plan/from'],
    ['plans', '/plan'],
    ['/plan/steps/from', '/plan/from'],
    ['/steps/from', '/steps/*/from'],
    ['/steps/0/from', '/steps/*/from'],
    ['/steps/*/form', '/steps/*/from'],
    ['/plan/from/id', '/plan/from'],
    ['/plan/*/from', '/plan/from'],
  ])('refuses %s and names %s', (path, nearest) => {
    expect(problem(plan, resource(path))).toContain(
      `resources: ${path} is not in the input schema of docs/move. Did you mean ${nearest}?`,
    );
  });

  it.each(['/plan/from', '/steps/*/from', '/plan/*'])('takes %s', (path) => {
    expect(problem(plan, resource(path))).toBeNull();
  });

  it('says what there is where nothing is near', () => {
    expect(problem(object({ order_id: id, note: id }), resource('customer'))).toBe(
      'resources: customer is not in the input schema of docs/move. There is: /order_id, /note.',
    );
    expect(problem({ type: 'object' }, resource('customer'))).toContain('is not in the input schema');
    expect(problem(object({}), resource('customer'))).toContain('is not in the input schema');
  });

  it('refuses what can hold no id', () => {
    expect(problem(plan, resource('/plan'))).toBe(
      'resources: /plan of docs/move is an object, and no id. Did you mean /plan/from?',
    );
    expect(problem(object({ all: { type: 'boolean' } }), resource('all'))).toContain('can hold no id');
    expect(problem(plan, resource('/steps'))).toContain('Did you mean /steps/*/from?');
  });

  const shared: JsonObject = {
    type: 'object',
    $defs: { Place: object({ from: id }), 'a/b~c': object({ x: id }) },
    properties: {
      plan: { $ref: '#/$defs/Place' },
      odd: { $ref: '#/$defs/a~1b~0c' },
      either: { anyOf: [{ type: 'string' }, { type: 'array', items: id }, { type: 'null' }] },
      joined: { allOf: [object({ from: id }), object({ to: id })] },
      choice: { oneOf: [object({ from: id }), { type: 'object', properties: { to: id }, required: ['to'] }] },
      when: { type: 'object', if: object({ a: id }), then: object({ b: id }), else: object({ c: id }) },
      tree: { $ref: '#/$defs/Tree' },
      'a/b': object({ '~c': id }),
      pair: { type: 'array', prefixItems: [object({ from: id }), object({ to: id })] },
      old: { type: 'array', items: [object({ from: id })], additionalItems: object({ to: id }) },
      labels: { type: 'object', additionalProperties: object({ doc: id }) },
      named: { type: 'object', patternProperties: { '^doc_': id }, additionalProperties: false },
      free: { type: 'object' },
      any: {},
      yes: true,
      list: { type: 'array' },
      grid: { type: 'array', items: { type: 'array', items: { type: 'integer' } } },
      pick: { enum: ['a', 'b'] },
    },
  };
  (shared['$defs'] as JsonObject)['Tree'] = object({
    doc: id,
    kids: { type: 'array', items: { $ref: '#/$defs/Tree' } },
  });

  it.each([
    '/plan/from',
    '/odd/x',
    'either',
    '/joined/from',
    '/joined/to',
    '/choice/from',
    '/choice/to',
    '/when/b',
    '/when/c',
    '/tree/kids/*/kids/*/doc',
    '/a~1b/~0c',
    '/pair/*/to',
    '/old/*/to',
    '/labels/*/doc',
    '/labels/red/doc',
    '/named/doc_1',
    '/named/*',
    '/free/anything/below',
    '/any/thing',
    '/yes/thing',
    'any',
    'list',
    '/list/*/x',
    'grid',
    '/grid/*',
    'pick',
  ])('finds %s through references, joins, patterns, arrays and open objects', (path) => {
    expect(problem(shared, resource(path))).toBeNull();
  });

  it.each([
    '/plan/form',
    '/odd/y1',
    '/joined/fro',
    '/choice/form',
    '/when/d',
    '/tree/kids/doc',
    '/a/b/~0c',
    '/a~1b/c',
    '/pair/0/from',
    '/labels/*/dock',
    '/named/dok_1',
    '/either/x',
    '/grid/0',
    '/pick/a',
  ])('does not find %s', (path) => {
    expect(problem(shared, resource(path))).toContain(`resources: ${path} `);
  });

  const closed: JsonObject = {
    type: 'object',
    $defs: { Colour: { enum: ['red', 'blue'] } },
    properties: {
      needs: { type: 'object', required: ['doc_id'] },
      asks: { type: 'object', required: ['doc_id'], additionalProperties: object({ by: id }) },
      colours: { type: 'object', propertyNames: { $ref: '#/$defs/Colour' }, additionalProperties: object({ by: id }) },
      marks: { type: 'object', propertyNames: { pattern: '^doc_' } },
      short: { type: 'object', propertyNames: { maxLength: 9 } },
      itself: { type: 'object', propertyNames: { $ref: '#' }, additionalProperties: id },
      fixed: { const: { doc: { id: 'a' }, list: ['b'] } },
      choice: { enum: [{ doc: 1 }, { note: 2 }, 'none'] },
      holds: { type: 'array', contains: object({ doc_id: id }) },
      none: { type: 'object', required: [] },
    },
  };

  it.each([
    ['/needs/doc_id'],
    ['/asks/doc_id/by'],
    ['/asks/other/by'],
    ['/colours/red/by'],
    ['/colours/*/by'],
    ['/marks/doc_1'],
    ['/short/any'],
    ['/itself/any'],
    ['/fixed/doc/id'],
    ['/fixed/list'],
    ['/choice/note'],
    ['/holds/*/doc_id'],
    ['/none/any'],
  ])('finds %s by what is required, counted up or contained', (path) => {
    expect(problem(closed, resource(path))).toBeNull();
  });

  it.each([
    ['/needs/doc_ids', '/needs/doc_id'],
    ['/asks/doc_ids/by', '/asks/doc_id/by'],
    ['/colours/rad/by', '/colours/red/by'],
    ['/colours/green/by', '/colours/red/by'],
    ['/marks/dok_1', null],
    ['/fixed/doc/di', '/fixed/doc/id'],
    ['/choice/noet', '/choice/note'],
    ['/holds/*/doc', '/holds/*/doc_id'],
  ])('does not find %s there, and names %s', (path, nearest) => {
    const advice = nearest === null ? 'There is' : `Did you mean ${nearest}?`;
    expect(problem(closed, resource(path))).toContain(`is not in the input schema of docs/move. ${advice}`);
  });

  it('takes a near name for a slip where others are welcome, unless the overlay names both', () => {
    const open = object({ owner_id: id }, { additionalProperties: true });
    expect(problem(open, resource('owner_ids'))).toContain('Did you mean /owner_id?');
    expect(problem(open, resource('something'))).toBeNull();
    const both = { properties: { owner_id: {}, owner_ids: {} } };
    const declared = { tool: { arguments: both, resources: [{ argument: 'owner_ids', type: 'Doc' }] } };
    expect(problem(open, declared)).toBeNull();
  });
});

describe('values', () => {
  const values = (argument: string) => problem(plan, { tool: { values: [{ argument, kind: 'path' }] } });

  it('refuses what is not there, or can hold no text', () => {
    expect(values('/plan/form')).toContain('values: /plan/form is not in the input schema of docs/move. Did you mean');
    expect(values('/plan')).toContain('can hold no text');
  });

  it.each(['/plan/from', '/steps/*/from'])('takes %s', (path) => expect(values(path)).toBeNull());
});

describe('budgets', () => {
  const spends = object({
    amount: { type: 'number' },
    cents: { type: 'integer' },
    note: id,
    either: { anyOf: [{ type: 'number' }, { type: 'null' }] },
    items: { type: 'array', items: object({ amount: { type: 'number' } }) },
  });
  const budget = (argument: string, tool?: string) =>
    problem(spends, {
      numbers: [{ about: 'limits: spend adds up', argument, tool }],
    });

  it('refuses what is not there, is no number, or is one of many', () => {
    expect(budget('/amont')).toBe(
      'limits: spend adds up /amont, which is not in the input schema of docs/move. Did you mean /amount?',
    );
    expect(budget('/note', 'docs/*')).toContain('is no number in the input schema of docs/move');
    expect(budget('/items/0/amount', 'docs/move')).toContain('the others would cost nothing');
  });

  it('takes numbers, and leaves other tools alone', () => {
    for (const argument of ['/amount', '/cents', '/either']) expect(budget(argument, 'docs/move')).toBeNull();
    expect(budget('/amont', 'docs/other')).toBeNull();
    expect(budget('/amont', 'shop/*')).toBeNull();
  });
});

describe('resolvers', () => {
  const reads = {
    inputSchema: object({ doc_id: id }),
    outputSchema: object({ owner: id, meta: object({ etag: id }), all: { type: 'array', items: object({ by: id }) } }),
  };
  const by = (resolver: JsonObject, others: Record<string, JsonObject> = { get: reads }) =>
    problem(plan, {
      ...resource('/plan/from', { tool: 'get', argument: 'doc_id', owner: '/structuredContent/owner', ...resolver }),
      others,
    });

  it.each([
    [{ argument: 'docid' }, 'docid is not in the input schema of docs/get. Did you mean doc_id?'],
    [
      { owner: '/structuredContent/onwer' },
      'is not in the output schema of docs/get. Did you mean /structuredContent/owner?',
    ],
    [{ owner: '/structuredContnt/owner' }, 'is not in a result of docs/get. Did you mean /structuredContent/owner?'],
    [{ version: '/structuredContent/etag' }, 'Did you mean /structuredContent/meta/etag?'],
    [{ attributes: { by: '/structuredContent/all/by' } }, 'Did you mean /structuredContent/all/0/by?'],
  ])('refuses %j', (resolver, told) => expect(by(resolver)).toContain(told));

  it('takes what is there, and asks no tool that it does not know', () => {
    expect(
      by({ version: '/structuredContent/meta/etag', attributes: { by: '/structuredContent/all/0/by' } }),
    ).toBeNull();
    expect(by({ owner: '/content/0/text' })).toBeNull();
    expect(by({ argument: 'nope' }, {})).toBeNull();
    expect(by({ owner: '/structuredContent/x' }, { get: { inputSchema: object({ doc_id: id }) } })).toBeNull();
  });
});

it('is not blinded by names that every object has', () => {
  expect(problem(object({ constructor: id, __proto__: id }), resource('constructor'))).toBeNull();
  expect(problem(object({ order_id: id }), resource('constructor'))).toContain('is not in the input schema');
});
