import fc from 'fast-check';

import { type JsonValue, parseStrict } from '../index.ts';

const runs = { numRuns: 2_000 };
const tokens = ['{', '}', '[', ']', ',', ':', '"', '\\', 'u', '0', '-', '1', '.', 'e', '+', ' ', 'a', '"a"', '"b"'];
const words = ['true', 'null', '{"a":', '\\u0061', '\\ud83d', '\\ude00', '\n', '\u0000', '\ud800', '9007199254740993'];
const soup = fc.array(fc.constantFrom(...tokens, ...words), { maxLength: 12 }).map((parts) => parts.join(''));

const safeNumber = fc.oneof(
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, min: -9007199254740991, max: 9007199254740991 }),
);
const text = fc.string({ unit: 'binary' });
const key = text.filter((name) => name !== '__proto__');
const { value: json } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.oneof(fc.constant(null), fc.boolean(), safeNumber, text),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(key, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
}));

function native(source: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(source, (_key, value: unknown) => (value === 0 ? 0 : value)) };
  } catch {
    return undefined;
  }
}

/** Never throws, accepts only what JSON.parse accepts and as the same value, and calls nothing else a syntax error. */
function agreesWithNative(source: string): void {
  const strict = parseStrict(source);
  const reference = native(source);
  if (strict.ok) expect({ value: strict.value }).toStrictEqual(reference);
  else if (strict.code === 'syntax') expect(reference).toBeUndefined();
}

describe('parseStrict and JSON.parse', () => {
  it('agree on random strings', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), agreesWithNative), runs);
  });

  it('agree on random sequences of JSON tokens', () => {
    fc.assert(fc.property(soup, agreesWithNative), { numRuns: 20_000 });
  });

  it('agree on JSON with a random edit', () => {
    const edit = fc.tuple(json, fc.nat(), fc.nat({ max: 3 }), soup);
    fc.assert(
      fc.property(edit, ([value, where, cut, put]) => {
        const source = JSON.stringify(value);
        const at = where % (source.length + 1);
        agreesWithNative(source.slice(0, at) + put + source.slice(at + cut));
      }),
      runs,
    );
  });

  it('never throw on random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const strict = parseStrict(bytes);
        if (strict.ok) expect(native(Buffer.from(bytes).toString('utf8'))).toEqual({ value: strict.value });
      }),
      runs,
    );
  });
});

describe('what parseStrict accepts', () => {
  it('is every JSON value within its rules, and survives being printed and parsed again', () => {
    fc.assert(
      fc.property(json, fc.constantFrom(0, 2), (value, indent) => {
        const source = JSON.stringify(value, null, indent);
        const first = parseStrict(source);
        expect(first).toStrictEqual({ ok: true, value: native(source)?.value });
        expect(parseStrict(Buffer.from(JSON.stringify(first.ok && first.value)))).toStrictEqual(first);
      }),
      runs,
    );
  });
});

describe('a duplicate key', () => {
  const escaped = (name: string): string =>
    [...Array(name.length).keys()].map((i) => `\\u${name.charCodeAt(i).toString(16).padStart(4, '0')}`).join('');
  const member = fc.tuple(key, json).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  const wraps = fc.array(fc.constantFrom<[string, string]>(['[1,', ']'], ['{"k":', '}'], [' [', ',{"k":2}]']), {
    maxLength: 20,
  });

  it('is refused at any depth, between any members, however it is escaped', () => {
    fc.assert(
      fc.property(key, fc.array(member, { maxLength: 12 }), wraps, fc.boolean(), (name, between, wrappers, escape) => {
        const again = escape ? `"${escaped(name)}"` : JSON.stringify(name);
        const object = `{${[`${JSON.stringify(name)}:1`, ...between, `${again}:2`].join(',')}}`;
        const source = wrappers.reduce((inner, [open, close]) => open + inner + close, object);
        expect(parseStrict(source)).toMatchObject({ ok: false, code: 'duplicate_key' });
      }),
      runs,
    );
  });
});
