import type { JsonObject } from '@sallyport/contracts';
import { knownTools } from './named-tools.ts';
import { bySkeleton, skeleton, warningsOf } from './warnings.ts';

const neighbours = {
  upstream: 'shop',
  siblings: bySkeleton(['get_order', 'list_orders']),
  upstreams: new Set(['files', 'mail']),
  tools: knownTools([
    { id: 'shop', tool: 'get_order' },
    { id: 'shop', tool: 'cancel_order' },
    { id: 'shop', tool: 'find_file' },
    { id: 'files', tool: 'find_file' },
    { id: 'files', tool: 'read_file' },
  ]),
};
const warnings = (more: JsonObject) => warningsOf({ name: 'get_order', inputSchema: {}, ...more }, 'tool', neighbours);

describe('a definition is warned of', () => {
  it.each<[string, JsonObject]>([
    ['in a description', { description: 'Call files__read_file.' }],
    ['in the description of an argument', { inputSchema: { properties: { a: { description: 'as mail__send' } } } }],
    ['in the name of an argument', { inputSchema: { properties: { mail__send: {} } } }],
    ['in a default', { inputSchema: { properties: { a: { default: ['files__x'] } } } }],
    ['in what nobody reads', { _meta: { vendor: { note: 'FILES__X' } } }],
  ])('that speaks of a tool of another upstream %s', (_, more) =>
    expect(warnings(more).join()).toMatch(/it speaks of (?:files|mail)__\w+, a tool of another upstream/),
  );

  it.each<[string, string]>([
    ['a zero-width space', 'a\u200bb'],
    ['a right-to-left override', 'a\u202eb'],
    ['tag characters', 'a\u{e0041}'],
    ['a soft hyphen', 'a\u00adb'],
    ['a variation selector', 'a\ufe0f'],
    ['an escape', 'a\u001b[8mb'],
    ['a byte of nothing', 'a\u0000'],
  ])('that holds %s', (_, text) => {
    expect(warnings({ description: text })).toEqual(['it holds characters that can not be seen']);
    expect(warnings({ inputSchema: { properties: { [text]: {} } } })).toEqual([
      'it holds characters that can not be seen',
    ]);
  });

  it.each(['', 'a b', 'a/b', 'é', 'x'.repeat(129), 'a\n'])('that is named %j', (name) => {
    expect(warnings({ name }).join()).toContain('its name is not 1 to 128 letters');
  });

  it.each(['Get_Order', 'getOrder', 'get-0rder', 'gеt_order', 'l1st_orders', 'Iist_orders'])(
    'that is named like another of its upstream: %s',
    (name) => expect(warnings({ name }).join()).toContain('its name looks like'),
  );

  it('that names another tool, but once where it does so behind its upstream', () => {
    expect(warnings({ description: 'Then read_file.' })).toEqual(['it names "read_file", a tool of files']);
    expect(warnings({ description: 'Then files__read_file.' })).toHaveLength(1);
  });

  it('that names a tool of another upstream, though its own has one that is called so', () =>
    expect(warnings({ description: 'Then find_file.' })).toEqual(['it names "find_file", a tool of files']));

  it.each([
    ['is', 'a b '.repeat(33_000)],
    ['would be', '\ufdfa'.repeat(8_000)],
    ['is for what it has', '\ufdfa'.repeat(100)],
  ])('that %s too long to be held against names', (_, text) =>
    expect(warnings({ description: `${text} files__x` })).toEqual([
      'it is too long to be held against the names of other tools',
    ]),
  );

  it('of everything at once', () => {
    expect(warnings({ name: 'get order', description: 'files__a read_file\u200b' })).toHaveLength(4);
  });
});

describe('nothing is said of', () => {
  it.each<[string, JsonObject]>([
    ['line breaks and tabs', { description: 'One.\r\n\tTwo.' }],
    ['its own name', { description: 'get_order gives an order.' }],
    ['names of its own upstream behind its id', { description: 'As shop__get_order.' }],
    ['another tool of its own upstream', { description: 'Use cancel_order instead, or shop__cancel_order.' }],
    ['what is no upstream', { description: 'Python has dunder__names.' }],
    ['required members that are called like a tool', { inputSchema: { required: ['read_file'] } }],
    ['emoji and other scripts', { description: 'Öffnet 注文 😀.' }],
  ])('%s', (_, more) => expect(warnings(more)).toEqual([]));

  it.each(['prompt', 'template'] as const)('the name of a %s, which may be any text, but of what it says', (kind) => {
    for (const name of ['Get Order', 'Get_Order', 'a/b'])
      expect(warningsOf({ name, description: 'Gives an order.' }, kind, neighbours)).toEqual([]);
    expect(warningsOf({ name: 'Get\u200bOrder' }, kind, neighbours)).toEqual([
      'it holds characters that can not be seen',
    ]);
  });
});

describe('the skeleton of a name', () => {
  it.each([
    ['read_file', 'ReadFile'],
    ['read_file', 'read-file'],
    ['list', '1ist'],
    ['list', 'IIst'],
    ['oslo', '05l0'],
    ['modern', 'rnodem'],
    ['file', 'ﬁle'],
    ['admin', 'аdmin'],
    ['cafe', 'café'],
  ])('%s is that of %s', (one, other) => expect(skeleton(one)).toBe(skeleton(other)));

  it.each([
    ['get_order', 'get_orders'],
    ['get_order', 'set_order'],
    ['a', ''],
  ])('%s is not that of %j', (one, other) => expect(skeleton(one)).not.toBe(skeleton(other)));

  it('of a name that is too long is not compared', () => {
    expect(bySkeleton(['x'.repeat(129)]).size).toBe(0);
    expect(bySkeleton(['x'.repeat(128)]).size).toBe(1);
  });
});
