import { type CatalogTool, toolTarget } from '@sallyport/contracts';
import { targetFacts } from './target-facts.ts';

const template = { kind: 'template', upstream: 'files', name: 'file:///{+path}', state: 'approved' } as CatalogTool;
const other = { ...template, upstream: 'other' };
const catalog = (...entries: readonly CatalogTool[]) => ({ all: () => entries });

const resource = (uri: string, entries: readonly CatalogTool[] = []) =>
  targetFacts({ upstream: 'files', target: { kind: 'resource', name: uri } }, catalog(...entries))[0];

describe('what a call is of, as a fact', () => {
  it('is nothing of a tool: its arguments name objects', () => {
    expect(targetFacts({ upstream: 'files', target: toolTarget('read') }, catalog())).toEqual([]);
  });

  it('names no template of another upstream, and none that nobody approved', () => {
    expect(resource('file:///a/b', [other, { ...template, state: 'drifted' }])?.attributes['template']).toBe('');
    expect(resource('file:///a/b', [other, template])?.attributes['template']).toBe(template.name);
  });

  it.each([
    ['file:///srv/a.md', { scheme: 'file', host: '', path: '/srv/a.md' }],
    ['https://user@host:8443/a?b#c', { scheme: 'https', host: 'user@host:8443', path: '/a' }],
    ['urn:isbn:1', { scheme: 'urn', host: '', path: 'isbn:1' }],
    ['no scheme', { scheme: '', host: '', path: 'no scheme' }],
  ])('has the parts of %s as they are written', (uri, parts) => {
    expect(resource(uri)).toMatchObject({
      type: 'Mcp::Resource',
      id: uri,
      attributes: { uri, upstream: 'files', ...parts },
    });
  });

  it('has the name of a prompt and the text of a template', () => {
    const of = (kind: 'prompt' | 'template', name: string) =>
      targetFacts({ upstream: 'files', target: { kind, name } }, catalog())[0];
    expect(of('prompt', 'greet')).toMatchObject({ type: 'Mcp::Prompt', id: 'files/greet', status: 'resolved' });
    expect(of('template', 'x://{a}')).toMatchObject({ type: 'Mcp::Template', attributes: { uri_template: 'x://{a}' } });
  });
});
