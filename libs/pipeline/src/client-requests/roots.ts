import type { JsonObject } from '@sallyport/contracts';
import { objectsOf, present, textIn } from './read-values.ts';
import { type Given, invalid, type RequestKind } from './reading.ts';

const MOST_ROOTS = 100;
const LONGEST = 2_048;

/** `roots/list` (2025-11-25, client/roots): the folders that the client works in. */
export const roots: RequestKind = {
  method: 'roots/list',
  missing: (_params, granted) => (granted?.roots === true ? null : 'roots: true'),
  canAnswer: (_params, capabilities) => capabilities['roots'] !== undefined,
  prepare: () => ({ kind: 'shown', params: {}, changes: [] }),
  keep: () => ({}),
  read: (_shown, answer) => rootsIn(answer),
};

/** Addresses of files and their names, and nothing beside them. */
function rootsIn(answer: JsonObject): Given {
  const given = objectsOf(answer['roots']);
  if (given === undefined || given.length > MOST_ROOTS) return invalid;
  const list = given.map((root) => present({ uri: textIn(root, 'uri'), name: textIn(root, 'name') }));
  const sound = list.every(({ uri }) => typeof uri === 'string' && uri.startsWith('file://') && uri.length <= LONGEST);
  return sound ? { outcome: 'answered', result: { roots: list } } : invalid;
}
