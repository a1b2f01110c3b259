import fc from 'fast-check';
import { findParamHeaders, headerValue, paramHeaders } from './mirror-headers.ts';

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

  it('survive the way through a header, whatever they hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const value = headerValue(text);
        expect(value).toMatch(/^[\x20-\x7e\t]+$/);
        const encoded = /^=\?base64\?(.*)\?=$/.exec(value);
        expect(encoded ? Buffer.from(encoded[1] ?? '', 'base64').toString('utf8') : value).toBe(text);
      }),
    );
  });
});
