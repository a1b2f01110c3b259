import type { JsonObject } from '@sallyport/contracts';
import { detectValues, valuesOf } from './detect-values.ts';

const text = (more: JsonObject = {}): JsonObject => ({ type: 'string', ...more });
const object = (properties: JsonObject): JsonObject => ({ type: 'object', properties });
const found = (properties: JsonObject) =>
  Object.fromEntries(detectValues(object(properties)).map(({ argument, kind }) => [argument, kind]));

it('finds paths and URIs by format, name and description, deep within and in arrays', () => {
  expect(
    found({
      path: text(),
      filePath: text(),
      target_directory: text(),
      paths: { type: 'array', items: text() },
      source: text(),
      pageUrl: text(),
      where: text({ format: 'uri' }),
      at: text({ description: 'Absolute path of the file to read' }),
      page: text({ description: 'The URL to fetch.' }),
      edits: { type: 'array', items: object({ file: text() }) },
      maybe: { anyOf: [text({ description: 'Path to it' }), { type: 'null' }] },
    }),
  ).toEqual({
    '/path': 'path',
    '/filePath': 'path',
    '/target_directory': 'path',
    '/paths': 'path',
    '/source': 'path',
    '/pageUrl': 'uri',
    '/where': 'uri',
    '/at': 'path',
    '/page': 'uri',
    '/edits/*/file': 'path',
    '/maybe': 'path',
  });
});

it('leaves alone what is something else', () => {
  expect(
    found({
      query: text({ description: 'Text to look for in files and directories' }),
      content: text(),
      file_count: { type: 'integer' },
      files: { type: 'integer' },
      source: text({ enum: ['web', 'mail'] }),
      folder: text({ format: 'uuid' }),
      profile: text(),
      order_id: text(),
    }),
  ).toEqual({});
});

it('counts what is declared, and what is detected only where that is wanted', () => {
  const schema = object({ path: text(), url: text(), dirs: { type: 'array', items: text() } });
  const declared = [
    { argument: 'path', kind: 'text' as const },
    { argument: '/dirs/*', kind: 'path' as const },
  ];
  const url = { argument: '/url', kind: 'uri' };
  expect(valuesOf(declared, schema, false)).toEqual({ values: declared, undeclared: [url] });
  expect(valuesOf(declared, schema, true)).toEqual({ values: [...declared, url], undeclared: [] });
  expect(valuesOf([], undefined, true)).toEqual({ values: [], undeclared: [] });
});
