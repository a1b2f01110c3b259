import { type CatalogTool, toolTarget } from '@sallyport/contracts';
import { targetFactOf } from './target-facts.ts';

const template = { kind: 'template', upstream: 'files', name: 'file:///{+path}', state: 'approved' } as CatalogTool;
const other = { ...template, upstream: 'other' };
const catalog = (...entries: readonly CatalogTool[]) => ({ all: () => entries });

const resource = (uri: string, entries: readonly CatalogTool[] = []) =>
  targetFactOf({ upstream: 'files', target: { kind: 'resource', name: uri } }, catalog(...entries));

describe('what a call is of, as a fact', () => {
  it('is nothing of a tool: its arguments name objects', () => {
    expect(targetFactOf({ upstream: 'files', target: toolTarget('read') }, catalog())).toBeNull();
  });

  it('names no template of another upstream, and none that nobody approved', () => {
    expect(resource('file:///a/b', [other, { ...template, state: 'drifted' }])?.attributes['template']).toBe('');
    expect(resource('file:///a/b', [other, template])?.attributes['template']).toBe(template.name);
  });

  it('has the URI as it is sent', () => {
    const uri = 'file:///srv/%41.md';
    expect(resource(uri)).toMatchObject({ type: 'Mcp::Resource', id: uri, attributes: { uri, upstream: 'files' } });
  });
});
