import { configSchema, type JsonObject, type JsonValue, type SanitizeContext } from '@sallyport/contracts';
import fc from 'fast-check';
import { createSanitize } from './create-sanitize.ts';
import { cardRule } from './personal-data/card-number.ts';
import { ibanRule } from './personal-data/iban.ts';
import { secretRules } from './secrets/secret-rules.ts';

const config = (sanitize: object = {}) => configSchema.parse({ upstreams: {}, sanitize });
const context: SanitizeContext = { tool: null, what: 'result', reference: '01J', upstream: 'orders' };
const message: SanitizeContext = { ...context, what: 'message' };
const prompt: SanitizeContext = { ...context, what: 'prompt' };
const resource: SanitizeContext = { ...context, what: 'resource', uri: 'file:///a' };
const completion: SanitizeContext = { ...context, what: 'completion' };
const contexts = fc.constantFrom(context, prompt, resource, completion, message);

/** A result of a tool as one of another kind that has the same texts and bytes. */
function shaped({ content, ...rest }: JsonObject, { what }: SanitizeContext): JsonObject {
  const blocks = content as { text?: string; data?: string }[];
  switch (what) {
    case 'prompt':
      return { ...rest, messages: blocks.map((block) => ({ role: 'user', content: block })) };
    case 'resource':
      return {
        ...rest,
        contents: blocks.map(({ text, data = null }) => ({
          uri: 'file:///a/b',
          ...(text ? { text } : { blob: data }),
        })),
      };
    case 'completion':
      return { ...rest, completion: { values: blocks.map(({ text = null }) => text) } };
    default:
      return { ...rest, content: blocks };
  }
}

/** What must be gone, for each example: the value itself, not the words around it. */
const planted = [...secretRules, cardRule, ibanRule].map(({ kind, example }) => ({ kind, example }));
const cores: Record<string, string> = { password: 'self-check', url_password: 'check-self' };

const noise = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom(
    '\u200b',
    '\u001b[31m',
    '\u202e',
    'password=',
    '"secret":"',
    '://a:',
    '[redacted:',
    'eyJ',
    ' 4',
    '-----BEGIN ',
  ),
);

/** Any JSON with `needle` somewhere in it: in a text, a member name, a list, a text block. */
function holding(needle: string): fc.Arbitrary<JsonObject> {
  const text = fc.tuple(noise, noise).map(([before, after]) => `${before} ${needle} ${after}`);
  const spot: fc.Arbitrary<JsonValue> = fc.letrec<{ spot: JsonValue }>((tie) => ({
    spot: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      text,
      fc.tuple(noise, tie('spot')).map(([name, value]) => ({ [name]: value }) as JsonObject),
      text.map((name) => ({ [name]: 1 }) as JsonObject),
      tie('spot').map((value) => [1, value]),
    ),
  })).spot;
  return fc
    .tuple(text, spot)
    .map(([block, value]) => ({ content: [{ type: 'text', text: block }], structuredContent: { value } }));
}

const anyResult = fc
  .tuple(
    fc.array(noise),
    fc.jsonValue({ maxDepth: 4, noneAsUndefined: false } as object),
    fc.jsonValue({ maxDepth: 2 }),
  )
  .map(
    ([texts, structured, extra]) =>
      JSON.parse(
        JSON.stringify({
          content: [
            ...texts.map((text) => ({ type: 'text', text: text + texts.join('') })),
            { type: 'image', data: texts.join(''), mimeType: 'a/b' },
          ],
          structuredContent: { structured },
          extra,
        }),
      ) as JsonObject,
  );

test.each(planted)('nothing of $kind is left, wherever it stands', ({ kind, example }) => {
  const sanitize = createSanitize(config());
  const core = cores[kind] ?? example;
  fc.assert(
    fc.property(holding(example), contexts, (value, about) => {
      const { value: clean, changes } = sanitize(shaped(value, about), about);
      expect(JSON.stringify(clean)).not.toContain(JSON.stringify(core).slice(1, -1));
      expect(changes.length).toBeGreaterThan(0);
    }),
    { numRuns: 60 },
  );
});

test.each([{}, { max_bytes: 300 }, { secrets: 'report', invisible: 'report' }])(
  'sanitizing twice is once: %j',
  (sanitized) => {
    const sanitize = createSanitize(config(sanitized));
    fc.assert(
      fc.property(fc.oneof(anyResult, holding('4111111111111111')), contexts, (value, about) => {
        const once = sanitize(shaped(value, about), about).value;
        const twice = sanitize(once, about).value;
        expect(twice).toBe(once);
      }),
      { numRuns: 150 },
    );
  },
);

test('no answer is larger than the limit', () => {
  const sanitize = createSanitize(config({ max_bytes: 400, max_blob_bytes: 50 }));
  fc.assert(
    fc.property(anyResult, contexts, (value, about) => {
      expect(Buffer.byteLength(JSON.stringify(sanitize(shaped(value, about), about).value))).toBeLessThanOrEqual(450);
    }),
  );
});

test.each([context, prompt, resource, completion])('a refusal is not cut, however small the limit: $what', (about) => {
  const value = { _meta: { 'example.com/a': 'a'.repeat(400) } };
  const answer = createSanitize(config({ max_bytes: 64 }))(value, about).value;
  expect(answer).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('was too large') }] });
});

test('a sanitizer that throws makes a failed result, not a leak', () => {
  const broken = {
    id: 'broken',
    create: () => () => {
      throw new Error('secret');
    },
    probes: () => [],
  };
  const { value, changes } = createSanitize(config(), [broken])({ content: [] }, context);
  expect(value).toEqual({
    isError: true,
    content: [
      {
        type: 'text',
        text: 'orders: the answer could not be made safe. The call has run: do not repeat it. Reference 01J.',
      },
    ],
  });
  expect(changes).toEqual([{ sanitizer: 'chain', kind: 'threw', count: 1 }]);
});

test.each([prompt, resource, completion])('what is no result of a tool fails as one does: $what', (about) => {
  const restless = {
    id: 'restless',
    create: () => (value: JsonObject) => ({ value: { ...value }, changes: [] }),
    probes: () => [],
  };
  const { value } = createSanitize(config(), [restless])({}, about);
  expect(value).toMatchObject({
    isError: true,
    content: [{ text: expect.stringContaining('could not be made safe') }],
  });
  expect(createSanitize(config())(value, about).value).toBe(value);
});

test('a message that never comes to rest is refused', () => {
  const restless = {
    id: 'restless',
    create: () => (value: JsonObject) => ({ value: { ...value }, changes: [] }),
    probes: () => [],
  };
  expect(createSanitize(config(), [restless])({ a: 1 }, message)).toEqual({
    value: {},
    changes: [{ sanitizer: 'chain', kind: 'restless', count: 1 }],
  });
});

test('nesting without end is cut before anything visits it', () => {
  let deep: JsonValue = 'AKIAQQQQQQQQQQQQQQQQ';
  for (let level = 0; level < 50_000; level++) deep = [deep];
  const { value, changes } = createSanitize(config())({ content: [], structuredContent: { deep } }, context);
  expect(JSON.stringify(value)).toContain('[cut: nested too deeply]');
  expect(changes).toEqual([{ sanitizer: 'allowed-members', kind: 'too_deep', count: 1 }]);
});

test('a zero-width character inside a secret does not hide it', () => {
  const { value } = createSanitize(config())(
    { content: [{ type: 'text', text: 'AKIA\u200bQQQQQQQQQQQQQQQQ' }] },
    context,
  );
  expect(value).toEqual({ content: [{ type: 'text', text: '[redacted:aws_access_key]' }] });
});

test('what one pass uncovers, the next removes', () => {
  const joined = { content: [{ type: 'text', text: 'x\ufe0f\u200d🔥' }] }; // the joiner loses its reason with the selector
  const { value, changes } = createSanitize(config())(joined, context);
  expect(value).toEqual({ content: [{ type: 'text', text: 'x🔥' }] });
  expect(changes).toEqual([{ sanitizer: 'invisible', kind: 'invisible_character', count: 2 }]);
});

test('the URI that was asked stays as its caller wrote it, another does not', () => {
  const uri = 'orders://shop/4111111111111111';
  const about = { ...resource, uri };
  const value = { contents: [{ uri, text: 'a' }] };
  expect(createSanitize(config())(value, about).value).toBe(value);
  const foreign = createSanitize(config())({ contents: [{ uri: 'orders://shop/5500005555555559', text: uri }] }, about);
  expect(foreign.value).toEqual({
    contents: [{ uri, mimeType: 'text/plain', text: expect.stringContaining('left out') }],
  });
  const link = { content: [{ type: 'resource_link', uri, name: 'a' }] };
  expect(JSON.stringify(createSanitize(config())(link, context).value)).not.toContain('4111');
});

test('a clean result comes back as the same object', () => {
  const value = {
    content: [{ type: 'text', text: 'Order 1001: 2 items, 59.90 EUR' }],
    structuredContent: { id: '1001' },
  };
  expect(createSanitize(config())(value, context)).toEqual({ value, changes: [] });
  expect(createSanitize(config())(value, context).value).toBe(value);
});

test('report counts once, though other sanitizers make more passes', () => {
  const value = { content: [{ type: 'text', text: `ghp_${'a'.repeat(36)} \u200b` }] };
  const { changes } = createSanitize(config({ secrets: 'report' }))(value, context);
  expect(changes).toContainEqual({ sanitizer: 'secrets', kind: 'github_token', count: 1 });
});

describe('a text that comes as bytes', () => {
  const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');
  const file = (blob: string, mimeType?: string): JsonObject => ({
    content: [{ type: 'resource', resource: { uri: 'file:///a', blob, ...(mimeType && { mimeType }) } }],
  });
  const secret = `AKIA${'Q'.repeat(16)}`;
  const long = `größer ${'ok '.repeat(700)}`;

  it.each([
    ['of a type that is none', 'application/octet-stream', `${long}${secret}`],
    ['without a type', undefined, `${long}${secret}`],
    ['of one line', 'text/plain', secret],
    ['of JSON', 'application/vnd.api+json; charset=utf-8', JSON.stringify({ long, key: secret })],
  ])('is read as text: %s', (_name, type, text) => {
    const { value, changes } = createSanitize(config())(file(base64(text), type), context);
    expect(value).toEqual(file(base64(text.replace(secret, '[redacted:aws_access_key]')), type));
    expect(changes).toEqual([{ sanitizer: 'secrets', kind: 'aws_access_key', count: 1 }]);
  });

  it.each([
    [
      'of a resource',
      resource,
      (blob: string) => ({ contents: [{ uri: 'file:///a', blob, mimeType: 'application/yaml' }] }),
    ],
    [
      'of a prompt',
      prompt,
      (blob: string) => ({
        messages: [{ role: 'user', content: { type: 'resource', resource: { uri: 'file:///b', blob } } }],
      }),
    ],
  ] as const)('is read as text, and a picture stays byte by byte, in the contents %s', (_name, about, holder) => {
    const sanitize = createSanitize(config());
    const { value, changes } = sanitize(holder(base64(`${long}${secret}`)), about);
    expect(value).toEqual(holder(base64(`${long}[redacted:aws_access_key]`)));
    expect(changes).toEqual([{ sanitizer: 'secrets', kind: 'aws_access_key', count: 1 }]);
    const picture = holder(
      base64(Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x00, 0xff]), Buffer.from(secret)])),
    );
    expect(sanitize(picture, about).value).toBe(picture);
  });

  it.each([
    ['in lines, as MIME has it', (text: string) => base64(text).replaceAll(/.{76}/g, '$&\r\n')],
    ['with a line break behind it', (text: string) => `${base64(text)}\n`],
    ['with blanks in it', (text: string) => base64(text).replaceAll(/.{64}/g, '$& ')],
    ['in the alphabet of URLs', (text: string) => Buffer.from(text).toString('base64url')],
  ])('is read as text in bytes that clients decode though they are no base64 of MCP: %s', (_name, encoded) => {
    const text = `${long}???>>> ${secret}`;
    const { value } = createSanitize(config())(file(encoded(text), 'text/plain'), context);
    expect(value).toEqual(file(base64(text.replace(secret, '[redacted:aws_access_key]')), 'text/plain'));
    const clean = file(encoded(`${long}???>>>`), 'text/plain');
    expect(createSanitize(config())(clean, context).value).toBe(clean);
  });

  it('is read where it is said to be a text and is not all UTF-8, and as the picture that is a text', () => {
    const latin = Buffer.concat([Buffer.from(long, 'latin1'), Buffer.from(secret)]);
    const { value } = createSanitize(config())(file(base64(latin), 'text/csv'), context);
    expect(JSON.stringify(value)).not.toContain(base64(latin));
    const marked = createSanitize(config())(file(base64(`${long}\u0001${secret}`), 'text/plain'), context);
    expect(marked.changes).toContainEqual({ sanitizer: 'secrets', kind: 'aws_access_key', count: 1 });
    const data = base64(`<svg><text>${long} ${secret}</text></svg>`);
    const picture = { content: [{ type: 'image', data, mimeType: 'image/svg+xml' }] };
    const { changes } = createSanitize(config())(picture, context);
    expect(changes).toEqual([{ sanitizer: 'secrets', kind: 'aws_access_key', count: 1 }]);
  });

  it.each([
    ['a clean one, with its mark of byte order', 'text/plain', `\ufeff${long}`],
    ['one that is said to be a text and has zeros', 'text/plain', Buffer.from(`${long}${secret}`, 'utf16le')],
    ['a clean one of another encoding', 'text/plain', Buffer.from(long, 'latin1')],
    ['a binary format that happens to be UTF-8', 'application/x-protobuf', '\n\u0005hello\u0012\u0001a'],
  ])('stays to the letter: %s', (_name, type, bytes) => {
    const value = file(base64(bytes), type);
    expect(createSanitize(config())(value, context).value).toBe(value);
  });

  it('is none where words stand in its place, whatever they are said to be', () => {
    const words = file('nothing but words stand here', 'text/plain');
    expect(createSanitize(config())(words, context).value).toBe(words);
  });

  it('is read with what begins a terminal sequence, of any type', () => {
    const { value } = createSanitize(config())(file(base64('a\u001b[8mb\u001b[0m')), context);
    expect(value).toEqual(file(base64('ab')));
  });

  it('is read as it stands, too, where it is short', () => {
    const { changes } = createSanitize(config())(file('4111111111111111', 'text/plain'), context);
    expect(changes).toMatchObject([{ sanitizer: 'personal-data' }]);
  });
});

test('the bytes of a picture are not read as text, a text in their place is', () => {
  const data = `${'iVBORw0KGgo'.repeat(200)}AKIAIOSFODNN7EXAMPLQ`;
  const picture = (bytes: string): JsonObject => ({ content: [{ type: 'image', data: bytes, mimeType: 'image/png' }] });
  expect(createSanitize(config())(picture(data), context)).toMatchObject({ value: picture(data), changes: [] });
  expect(JSON.stringify(createSanitize(config())(picture(`key: ${data} `), context))).not.toContain('AKIA');
  const structured = { content: [], structuredContent: { data, blob: `${data} ` } };
  expect(JSON.stringify(createSanitize(config())(structured, context).value)).not.toMatch(/AKIA/);
});
