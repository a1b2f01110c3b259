import { SdkError, SdkErrorCode } from '@modelcontextprotocol/client';
import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js';
import { differences, failure, isNoAnswer } from './observe.ts';

describe('isNoAnswer', () => {
  it.each([
    failure(new McpError(ErrorCode.RequestTimeout, 'Request timed out')),
    failure(new SdkError(SdkErrorCode.RequestTimeout, 'Request timed out')),
    { updated: [] },
    { result: { content: [] }, asked: [] },
    undefined,
  ])('finds that nothing came in %j', (seen) => expect(isNoAnswer(seen)).toBe(true));

  it.each([failure(new Error('Unknown tool')), { updated: ['a:b'] }, { content: [{ text: '' }], isError: false }])(
    'takes %j for an answer',
    (seen) => expect(isNoAnswer(seen)).toBe(false),
  );
});

describe('differences', () => {
  it('finds what is missing, added and changed, by its place', () => {
    const direct = { a: { same: 1, gone: true }, b: [{ text: 'x' }, { text: 'y' }] };
    const here = { a: { same: 1 }, b: [{ text: 'x' }, { text: 'z' }], c: null };
    expect(differences(direct, here)).toEqual(['/a/gone', '/b/*/text', '/c']);
  });

  it('takes a list and an object for different, and names the whole where nothing else differs', () => {
    expect(differences([1], { 0: 1 })).toEqual(['/']);
    expect(differences('refused', { text: 'ok' })).toEqual(['/']);
  });

  it('finds nothing in equal values', () => {
    expect(differences({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] })).toEqual([]);
  });
});
