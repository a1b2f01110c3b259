import { qualifiedName } from './qualified-name.ts';

describe('the name of a tool among those of all upstreams', () => {
  it.each([
    'search.issues',
    'get/order',
    'Bestellung prüfen',
    '検索',
    'x'.repeat(128),
    'plain__0123456789',
    'a\u0000b',
  ])('%j is mapped to what a model can use, the same at each start', (tool) => {
    const name = qualifiedName('files', tool);
    expect(name).toMatch(/^files__[A-Za-z0-9_-]*__[0-9a-f]{10}$/);
    expect(name.length).toBeLessThanOrEqual(64);
    expect(qualifiedName('files', tool)).toBe(name);
  });

  it('is never that of another tool, be it named like the mapped one', () => {
    const tools = ['a.b', 'a/b', 'a_b', `${'x'.repeat(80)}1`, `${'x'.repeat(80)}2`];
    const names = tools.map((tool) => qualifiedName('up', tool));
    const again = names.map((name) => qualifiedName('up', name.slice('up__'.length)));
    expect(new Set([...names, ...again.filter((name) => !names.includes(name))]).size).toBe(9);
    expect(qualifiedName('a'.repeat(32), 'x.y')).toMatch(/^a{32}__x_y__[0-9a-f]{10}$/);
  });

  it.each(['run', 'get_order', 'UPPER', '_under', '1st', 'a__b', 'constructor', '__proto__'])(
    '%s stays as it is',
    (tool) => expect(qualifiedName('shop', tool)).toBe(`shop__${tool}`),
  );
});
