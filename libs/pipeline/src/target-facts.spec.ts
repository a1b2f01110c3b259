import { type CatalogTool, toolTarget } from '@sallyport/contracts';
import { targetFactOf } from './target-facts.ts';

const template = { kind: 'template', upstream: 'files', name: 'file:///{+path}', state: 'approved' } as CatalogTool;
const other = { ...template, upstream: 'other' };
const offered = (...entries: readonly CatalogTool[]) => ({
  catalog: { all: () => entries },
  listed: (upstream: string) =>
    new Map(upstream === 'files' ? [['file:///a', { uri: 'file:///a', mimeType: 'text/plain' }]] : []),
});

const resource = (uri: string, entries: readonly CatalogTool[] = []) =>
  targetFactOf({ upstream: 'files', target: { kind: 'resource', name: uri } }, offered(...entries));

describe('what a call is of, as a fact', () => {
  it('is nothing of a tool: its arguments name objects', () => {
    expect(targetFactOf({ upstream: 'files', target: toolTarget('read') }, offered())).toBeNull();
  });

  it('names no template of another upstream, and none that nobody approved', () => {
    expect(resource('file:///a/b', [other, { ...template, state: 'drifted' }])?.attributes['template']).toBe('');
    expect(resource('file:///a/b', [other, template])?.attributes['template']).toBe(template.name);
  });

  it('has the MIME type that the server lists, and none where it lists none', () => {
    expect(resource('file:///a')?.attributes['mime']).toBe('text/plain');
    expect(resource('file:///b')?.attributes['mime']).toBe('');
  });

  it('has the URI as it is sent', () => {
    const uri = 'file:///srv/%41.md';
    expect(resource(uri)).toMatchObject({ type: 'Mcp::Resource', id: uri, attributes: { uri, upstream: 'files' } });
  });
});
