import type { Catalog, CatalogTool } from '@sallyport/contracts';
import { createNames } from './listing.ts';

const view = { _meta: { ui: { resourceUri: 'ui://map/main.html' } } };

function tool(upstream: string, name: string, more: object = {}): CatalogTool {
  const definition = { name, ...more };
  return {
    kind: 'tool',
    upstream,
    name,
    qualified: `${upstream}__${name}`,
    definition,
  } as Partial<CatalogTool> as CatalogTool;
}

function namesOf(...all: readonly CatalogTool[]): (called: string) => string | null {
  const named = createNames({ all: () => all } as Partial<Catalog> as Catalog);
  return (called) => {
    const place = named('tool', called);
    return place === null ? null : `${place.upstream} ${place.target.name}`;
  };
}

describe('what a tool is called where those of all servers stand together', () => {
  it('is its own name for no server without views', () => {
    const named = namesOf(tool('a', 'move'), tool('b', 'show', view));
    expect([named('move'), named('a__move'), named('none')]).toEqual([null, 'a move', null]);
  });

  it('may be its own name beside a tool with a view', () => {
    const named = namesOf(tool('a', 'move'), tool('b', 'move'), tool('b', 'show', view));
    expect([named('move'), named('show'), named('b__move')]).toEqual(['b move', 'b show', 'b move']);
  });

  it('is no name that two servers with views have', () => {
    const named = namesOf(tool('a', 'show', view), tool('a', 'move'), tool('b', 'show', view));
    expect([named('show'), named('move'), named('b__show')]).toEqual([null, 'a move', 'b show']);
  });

  it('is what somebody approved: what is offered since makes no name unclear', () => {
    const named = namesOf(tool('a', 'show', view), { ...tool('b', 'show'), definition: null }, tool('b', 'open', view));
    expect(named('show')).toBe('a show');
  });

  it('is the name with the id of its server before another’s own name', () => {
    expect(namesOf(tool('b', 'a__move', view), tool('a', 'move'))('a__move')).toBe('a move');
  });
});
