import { offlineScopes, scopesFor } from './scopes.ts';

it.each<[named: string[], supported: string[], allowed: string[] | undefined, asked: string[]]>([
  [['a'], ['b'], undefined, ['a']],
  [[], ['b', 'c'], undefined, ['b', 'c']],
  [[], [], undefined, []],
  [[], [], ['d'], ['d']],
  [['a', 'b'], ['c'], ['b', 'c'], ['b']],
  [['a'], ['c'], ['c'], ['c']],
])('named %j, supported %j, allowed %j: asks for %j', (named, supported, allowed, asked) => {
  expect(scopesFor({ supported }, named, allowed)).toEqual(asked);
});

it.each<[scopes: string[], there: string[] | undefined, allowed: string[] | undefined, asked: string[]]>([
  [['a'], ['a', 'offline_access'], undefined, ['a', 'offline_access']],
  [['offline_access', 'a'], ['offline_access'], undefined, ['a', 'offline_access']],
  [['a', 'offline_access'], ['a'], undefined, ['a']],
  [['a'], undefined, undefined, ['a']],
  [[], ['offline_access'], undefined, []],
  [['a'], ['offline_access'], ['a'], ['a']],
])('of %j, at a server with %j, allowed %j: asks for %j', (scopes, there, allowed, asked) => {
  const server = { issuer: 'https://login.example', ...(there === undefined ? {} : { scopes_supported: there }) };
  expect(offlineScopes(scopes, { server }, allowed)).toEqual(asked);
});
