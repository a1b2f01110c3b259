import type { JsonObject } from '@sallyport/contracts';
import { copyOf } from './pin.ts';
import { changedTexts, comparedWith } from './unpinned.ts';

const schema = (description: string): JsonObject => ({
  type: 'object',
  properties: { a: { type: 'string', description } },
});
const approved = copyOf({ name: 'run', description: 'On Monday.', inputSchema: schema('Monday'), _meta: { build: 1 } });
const offered = (more: JsonObject) => copyOf({ ...approved.definition, ...more });

test.each<[string, JsonObject, 'other' | 'same' | 'noted']>([
  ['nothing', {}, 'same'],
  ['a text that is told of', { description: 'On Tuesday.' }, 'noted'],
  ['a member to ignore', { _meta: { build: 2 } }, 'same'],
  ['both', { description: 'On Tuesday.', _meta: { build: 2 } }, 'noted'],
  ['a text within a schema', { inputSchema: schema('Tuesday') }, 'noted'],
  ['another member of what is ignored in part', { _meta: { build: 1, more: 1 } }, 'other'],
  ['what is pinned', { description: 'On Tuesday.', inputSchema: { type: 'object' } }, 'other'],
  ['a member that is new', { title: 'Run' }, 'other'],
])('%s changed', (_name, more, found) => {
  const unpinned = {
    '/description': 'note',
    '/_meta/build': 'ignore',
    '/inputSchema/properties/a/description': 'note',
  } as const;
  expect(comparedWith(approved, offered(more), unpinned)).toBe(found);
});

test('everything is pinned where nothing else is said, and what nobody approved is another', () => {
  expect(comparedWith(approved, offered({ _meta: { build: 2 } }), {})).toBe('other');
  expect(comparedWith(null, approved, { '/description': 'ignore' })).toBe('other');
});

test.each<[JsonObject, readonly string[]]>([
  [{}, []],
  [{ description: 'On Tuesday.' }, ['/description']],
  [{ title: 'Run', _meta: { build: 2 } }, ['/title', '/_meta']],
  [{ description: 'On Tuesday.', annotations: { readOnlyHint: true } }, []],
])('texts alone that changed, of %j: %j', (more, found) => {
  expect(changedTexts(approved, offered(more))).toEqual(found);
});
