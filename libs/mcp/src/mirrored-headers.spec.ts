import type { JsonObject } from '@sallyport/contracts';
import fc from 'fast-check';
import { encodeHeaderValue } from './header-value.ts';
import { findParamHeaders, paramHeaderAtOdds, paramHeaders } from './mirrored-headers.ts';

const marked = (type: string, name: string) => ({ type, 'x-mcp-header': name });

describe('arguments in headers', () => {
  it.each([
    ['a mark on the root', marked('object', 'A')],
    ['a mark on an object', { properties: { a: marked('object', 'A') } }],
    ['a mark on a number', { properties: { a: marked('number', 'A') } }],
    ['a name that is no token', { properties: { a: marked('string', 'A B') } }],
    ['a name twice', { properties: { a: marked('string', 'A'), b: marked('string', 'a') } }],
    ['a mark in items', { properties: { a: { type: 'array', items: marked('string', 'A') } } }],
    ['a mark in $defs', { $defs: { a: marked('string', 'A') } }],
    ['a mark in oneOf', { oneOf: [{ properties: { a: marked('string', 'A') } }] }],
  ])('%s makes the definition invalid', (_, schema) => {
    expect(findParamHeaders(schema)).toMatchObject({ ok: false });
  });

  it('a default that looks like a mark is data', () => {
    expect(findParamHeaders({ properties: { a: { default: { 'x-mcp-header': 'A' } } } })).toEqual({
      ok: true,
      headers: [],
    });
  });

  it('are found at any depth, and left out where there is no value', () => {
    const inner = { type: 'object', properties: { b: marked('integer', 'B'), c: marked('boolean', 'C') } };
    const found = findParamHeaders({ properties: { a: inner, d: marked('string', 'D') } });
    if (!found.ok) throw new Error(found.reason);
    expect(paramHeaders(found.headers, { a: { b: 1, c: false } })).toEqual({
      'mcp-param-b': '1',
      'mcp-param-c': 'false',
    });
    expect(paramHeaders(found.headers, { a: null, d: null })).toEqual({});
  });

  it('agree with what they mirror, whatever it is, and with nothing else', () => {
    const declared = [{ header: 'mcp-param-a', path: ['a'] }];
    const value = fc.oneof(fc.string({ unit: 'grapheme' }), fc.maxSafeInteger(), fc.boolean());
    fc.assert(
      fc.property(value, value, (one, other) => {
        const headers = paramHeaders(declared, { a: one });
        expect(headers['mcp-param-a']).toMatch(/^[\x20-\x7e\t]+$/);
        expect(paramHeaderAtOdds(declared, { a: one }, headers, true)).toBeNull();
        if (String(one) !== String(other))
          expect(paramHeaderAtOdds(declared, { a: other }, headers, true)).toBe('mcp-param-a');
      }),
    );
  });

  it.each<[string, JsonObject, [Record<string, string>, boolean], string | null]>([
    ['one that is missing', { a: 'x' }, [{}, true], 'mcp-param-a'],
    ['one that is missing where it need not be', { a: 'x' }, [{}, false], null],
    ['one of an argument that is not there', {}, [{ 'mcp-param-a': 'x' }, false], 'mcp-param-a'],
    ['one of no argument', { a: 'x' }, [{ 'mcp-param-a': 'x', 'mcp-param-z': '1' }, true], 'mcp-param-z'],
    ['base64 that is not canonical', { a: 'é' }, [{ 'mcp-param-a': '=?base64?w6k?=' }, true], 'mcp-param-a'],
    ['a number that is written otherwise', { a: 42 }, [{ 'mcp-param-a': '42.0' }, true], null],
    ['a text that looks like a number', { a: '42' }, [{ 'mcp-param-a': '42.0' }, true], 'mcp-param-a'],
  ])('are compared: %s', (_, args, headers, expected) => {
    expect(paramHeaderAtOdds([{ header: 'mcp-param-a', path: ['a'] }], args, ...headers)).toBe(expected);
  });

  it('that look encoded are encoded', () => {
    expect(encodeHeaderValue('=?base64?eA==?=')).toBe(
      `=?base64?${Buffer.from('=?base64?eA==?=').toString('base64')}?=`,
    );
  });
});
