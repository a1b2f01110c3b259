import { parseStrict, type StrictJsonLimits } from './parse-strict.ts';
import type { StrictJsonCode } from './strict-json-refusal.ts';

const bytes = (...values: number[]): Buffer => Buffer.from(values);
const ofDepth = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

describe('parseStrict refuses', () => {
  const cases: readonly [StrictJsonCode, string, number][] = [
    ['duplicate_key', '{"id":"o1","id":"*"}', 11],
    ['duplicate_key', '{"a":1,"\\u0061":2}', 7],
    ['duplicate_key', '{"/":1,"\\/":2}', 7],
    ['duplicate_key', '[{"x":{"a":1, "b":{}, "a":1}}]', 22],
    ['forbidden_key', '{"__proto__":{"admin":true}}', 1],
    ['forbidden_key', '{"a":{"\\u005f_proto_\\u005F":1}}', 6],
    ['unsafe_number', '9007199254740992', 0],
    ['unsafe_number', '[-9007199254740993]', 1],
    ['unsafe_number', '[1,9007199254740993.0]', 3],
    ['unsafe_number', '1e400', 0],
    ['unsafe_number', '-1E400', 0],
    ['unsafe_number', '1e21', 0],
    ['unsafe_number', '1e-400', 0],
    ['unsafe_number', '-0.01e-400', 0],
    ['lone_surrogate', '"\\ud800"', 1],
    ['lone_surrogate', '"\\uDE00\\ud83d"', 1],
    ['lone_surrogate', '"\\ud83dx"', 1],
    ['lone_surrogate', '"\\ud83d\\n"', 1],
    ['lone_surrogate', '{"\\udfff":1}', 2],
    ['lone_surrogate', '"a\ud800"', 2],
    ['lone_surrogate', '"\\ud83d\ude00"', 7],
    ['lone_surrogate', '"\ud83d\\ude00"', 1],
    ['syntax', '', 0],
    ['syntax', ' ', 1],
    ['syntax', '\ufeff{}', 0],
    ['syntax', '{} {}', 3],
    ['syntax', '1 x', 2],
    ['syntax', 'nul', 0],
    ['syntax', 'NaN', 0],
    ['syntax', '01', 1],
    ['syntax', '-', 1],
    ['syntax', '-x', 1],
    ['syntax', '+1', 0],
    ['syntax', '.5', 0],
    ['syntax', '1.', 2],
    ['syntax', '1.e5', 2],
    ['syntax', '1e', 2],
    ['syntax', '1e+', 3],
    ['syntax', '[1,]', 3],
    ['syntax', '[1 2]', 3],
    ['syntax', '[', 1],
    ['syntax', '{"a":1,}', 7],
    ['syntax', '{"a" 1}', 5],
    ['syntax', '{a:1}', 1],
    ['syntax', '{"a":1 "b":2}', 7],
    ['syntax', '"a', 2],
    ['syntax', '"a\nb"', 2],
    ['syntax', `"${'a'.repeat(100)}\t"`, 101],
    ['syntax', `"${'a'.repeat(100)}`, 101],
    ['syntax', '"\\x41"', 1],
    ['syntax', '"\\u12g4"', 1],
    ['syntax', '"\\', 1],
    ['syntax', "'a'", 0],
    ['syntax', '\u00a01', 0],
    ['syntax', '// no\n1', 0],
  ];

  it.each(cases)('%s: %j at %i', (code, text, at) => {
    expect(parseStrict(text)).toEqual({ ok: false, code, at, message: expect.any(String) });
  });

  it.each([
    ['an overlong slash', bytes(0x22, 0xc0, 0xaf, 0x22), 1],
    ['an encoded surrogate', bytes(0x22, 0x61, 0xed, 0xa0, 0x80, 0x22), 2],
    ['a cut character', bytes(0x22, 0xe2, 0x82), 1],
    ['a lone continuation', bytes(0x80), 0],
  ])('bytes that are not UTF-8: %s', (_name, text, at) => {
    const result = parseStrict(text);
    expect(result).toMatchObject({ ok: false, code: 'invalid_utf8' });
    expect(Math.abs((result.ok ? NaN : result.at) - at)).toBeLessThanOrEqual(2);
  });

  it('a byte order mark in bytes', () => {
    expect(parseStrict(bytes(0xef, 0xbb, 0xbf, 0x31))).toMatchObject({ code: 'syntax', at: 0 });
  });

  const limited: readonly [StrictJsonCode, string, StrictJsonLimits][] = [
    ['too_deep', ofDepth(65), {}],
    ['too_deep', '{"a":[{}]}', { maxDepth: 2 }],
    ['too_deep', ofDepth(200_000), { maxDepth: 1e9 }],
    ['too_large', '"aaaaaaaa"', { maxBytes: 9 }],
    ['too_large', '"€€€"', { maxBytes: 10 }],
    ['too_many_values', '[1,2,3]', { maxMembers: 3 }],
    ['too_many_values', '{"a":{"b":[]}}', { maxMembers: 2 }],
  ];

  it.each(limited)('what is over a limit: %s', (code, text, limits) => {
    expect(parseStrict(text, limits)).toMatchObject({ ok: false, code });
    expect(parseStrict(Buffer.from(text), limits)).toMatchObject({ ok: false, code });
  });

  it('without quoting the text, which may be personal', () => {
    const result = parseStrict('{"secret":1,"secret":2}');
    expect(JSON.stringify(result)).not.toContain('secret');
  });
});

describe('parseStrict accepts', () => {
  it.each([
    ['9007199254740991', 9007199254740991],
    ['-9007199254740991', -9007199254740991],
    ['9007199254740991.0', 9007199254740991],
    ['0.1000000000000000055511151231257827', 0.1],
    ['1e2', 100],
    ['0e999', 0],
    ['5e-324', 5e-324],
    ['"\\ud83d\\ude00"', '😀'],
    ['"\\u00e9\\b\\f\\n\\r\\t\\"\\\\\\/"', 'é\b\f\n\r\t"\\/'],
    [' \t\r\n[ ] ', []],
    ['{"constructor":1,"prototype":2}', { constructor: 1, prototype: 2 }],
    ['{"":0,"a":{"a":{"a":[null,true,false]}}}', { '': 0, a: { a: { a: [null, true, false] } } }],
    [`["${'é'.repeat(99)}","x"]`, ['é'.repeat(99), 'x']],
  ])('%j', (text, value) => {
    expect(parseStrict(text)).toEqual({ ok: true, value });
    expect(parseStrict(Buffer.from(text))).toEqual({ ok: true, value });
  });

  it.each(['-0', '-0.0', '-0e5', '-0e-999'])('%s as 0', (text) => {
    expect(parseStrict(`{"a":[${text}]}`)).toStrictEqual({ ok: true, value: { a: [0] } });
  });

  it('exactly what the limits allow', () => {
    expect(parseStrict(ofDepth(64)).ok).toBe(true);
    expect(parseStrict('"€€€"', { maxBytes: 11 }).ok).toBe(true);
    expect(parseStrict('[1,2,3]', { maxMembers: 4, maxDepth: 1 }).ok).toBe(true);
  });

  it('objects that are plain', () => {
    const result = parseStrict('{"a":1}');
    expect(result.ok && Object.getPrototypeOf(result.value)).toBe(Object.prototype);
  });
});
