import { readMessage } from './message.ts';

const request = { jsonrpc: '2.0', id: 1, method: 'tools/list' };

describe('a request', () => {
  it.each([
    [undefined, {}],
    [null, {}],
    [{}, {}],
    [{ cursor: null }, {}],
    [{ name: 'a', arguments: null, _meta: null }, { name: 'a' }],
    [
      { name: 'a', arguments: { b: null } },
      { name: 'a', arguments: { b: null } },
    ],
  ])('with the params %j has %j', (given, params) => {
    const message = given === undefined ? request : { ...request, params: given };
    expect(readMessage(message)).toEqual({ kind: 'request', id: 1, method: 'tools/list', params });
  });

  it.each([[[]], ['x'], [1], [false]])('with the params %j is none', (params) => {
    expect(readMessage({ ...request, params })).toBeNull();
  });
});
