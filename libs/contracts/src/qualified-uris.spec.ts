import fc from 'fast-check';
import type { CallAction } from './call.ts';
import type { JsonObject } from './json.ts';
import { hasView, ownUri, qualifiedUri, resultWithQualifiedUris, withQualifiedUris } from './qualified-uris.ts';

const id = fc.stringMatching(/^[a-z][a-z0-9-]{0,31}$/);
const odd = fc.constantFrom(
  ...[
    'file:///a',
    'file:///a+b/%20',
    'urn:isbn:0-395-36341-1',
    'git+https://x/y',
    'ui://app/main.html',
    'ui:///x',
    'ui://',
  ],
  ...[
    'ui:x',
    'UI://x',
    'shop+file:///a',
    'ui://shop/a',
    'a/../b',
    '+',
    'file:///{+path}',
    '{+path}{?q*}',
    'ui://{name}/x',
    'x\ny',
  ],
);
const uri = fc.oneof(odd, fc.string({ minLength: 1 }), fc.webUrl());

describe('a URI where those of all upstreams stand together', () => {
  it.each([
    ['file:///a', 'files+file:///a'],
    ['urn:x:y', 'files+urn:x:y'],
    ['file:///{+path}', 'files+file:///{+path}'],
    ['git+ssh://a', 'files+git+ssh://a'],
    ['ui://map/main.html', 'ui://files/map/main.html'],
  ])('%s is %s', (own, qualified) => expect(qualifiedUri('files', own)).toBe(qualified));

  it.each([
    '',
    'file:///a',
    'file:///a+b',
    '+file:///a',
    'files+',
    'Files+file:///a',
    'ui://',
    'ui://files',
    'ui:///x',
    'a_b+x:y',
  ])('is not %j', (text) => expect(ownUri(text)).toBeNull());

  it('is of one upstream, and comes back as it was', () => {
    fc.assert(
      fc.property(id, uri, (upstream, own) =>
        expect(ownUri(qualifiedUri(upstream, own))).toEqual({ upstream, uri: own }),
      ),
    );
  });

  it('has one spelling', () => {
    const anything = fc.oneof(
      fc.string(),
      fc.tuple(id, odd).map(([up, own]) => `${up}+${own}`),
    );
    fc.assert(
      fc.property(anything, (text) => {
        const own = ownUri(text);
        if (own !== null) expect(qualifiedUri(own.upstream, own.uri)).toBe(text);
      }),
    );
  });
});

describe('a tool that names a view', () => {
  it.each([
    [{ ui: { resourceUri: 'ui://t/a' } }, true],
    [{ 'ui/resourceUri': 'ui://t/a' }, true],
    [{ ui: { visibility: ['app'] } }, false],
    [{ ui: { resourceUri: 7 } }, false],
    [{}, false],
  ])('%j', (_meta, has) => expect(hasView({ name: 't', _meta })).toBe(has));
});

describe('what has URIs', () => {
  it.each([
    ['resource', { uri: 'file:///a', name: 'file:///a' }, { uri: 'up+file:///a', name: 'file:///a' }],
    ['template', { uriTemplate: 'file:///{+p}' }, { uriTemplate: 'up+file:///{+p}' }],
    ['prompt', { name: 'x', uri: 'file:///a' }, { name: 'x', uri: 'file:///a' }],
    [
      'tool',
      { name: 't', _meta: { ui: { resourceUri: 'ui://t/a', x: 1 }, 'ui/resourceUri': 'ui://t/a' } },
      { name: 't', _meta: { ui: { resourceUri: 'ui://up/t/a', x: 1 }, 'ui/resourceUri': 'ui://up/t/a' } },
    ],
  ] as const)('a %s in a list', (kind, item, shown) => expect(withQualifiedUris('up', kind, item)).toEqual(shown));

  const link = { type: 'resource_link', uri: 'file:///a', name: 'a' };
  const embedded = { type: 'resource', resource: { uri: 'file:///b', text: 'file:///b' } };
  const blocks = [{ type: 'text', text: 'file:///a' }, link, embedded];
  const shown = [
    blocks[0],
    { ...link, uri: 'up+file:///a' },
    { type: 'resource', resource: { uri: 'up+file:///b', text: 'file:///b' } },
  ];

  it.each([
    [
      'tools/call',
      { content: blocks, structuredContent: { uri: 'file:///a' } },
      { content: shown, structuredContent: { uri: 'file:///a' } },
    ],
    [
      'prompts/get',
      { messages: blocks.map((content) => ({ role: 'user', content })) },
      { messages: shown.map((content) => ({ role: 'user', content })) },
    ],
    [
      'resources/read',
      { contents: [{ uri: 'urn:x', text: 'urn:x' }] },
      { contents: [{ uri: 'up+urn:x', text: 'urn:x' }] },
    ],
    ['completion/complete', { completion: { values: ['file:///a'] } }, { completion: { values: ['file:///a'] } }],
  ] as [CallAction, JsonObject, JsonObject][])('a result of %s', (action, result, qualified) =>
    expect(resultWithQualifiedUris('up', action, result)).toEqual(qualified),
  );

  it.each([{ content: 'x' }, { content: [null, 1, 'uri', { uri: 5 }, { resource: 'uri' }] }, { content: {} }, {}])(
    'is left alone where there is none: %j',
    (result) => expect(resultWithQualifiedUris('up', 'tools/call', result)).toEqual(result),
  );
});
