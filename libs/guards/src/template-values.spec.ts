import { templateValues } from './template-values.ts';

const read = (template: string, uri: string) => {
  const found = templateValues(template, uri);
  return found.kind === 'values' ? { ...found.values } : found.kind;
};

describe('the variables of a template in a URI', () => {
  it.each([
    ['more than one way', 'note:///{a}-{b}', 'note:///1-2-3'],
    ['neighbours that nothing parts', 'note:///{a}{b}', 'note:///123'],
    ['a part that may be anywhere', 'note:///{+path}/{id}.{+more}', 'note:///a/b.c/d.e'],
    ['an encoded slash', 'note:///{id}', 'note:///a%2Fb'],
    ['an encoded percent sign', 'note:///{id}', 'note:///a%25b'],
    ['an encoded backslash', 'note:///{id}', 'note:///a%5Cb'],
    ['bytes that are no text', 'note:///{id}', 'note:///%FF'],
    ['a control character', 'note:///{id}', 'note:///a%0Ab'],
    ['a direction mark', 'note:///{id}', 'note:///a%E2%80%AEb'],
    ['a query that the template does not have', 'note:///{id}', 'note:///7?as=8'],
    ['one name twice', 'note:///{id}/{id}', 'note:///7/8'],
    ['more than is read', 'note:///{id}', `note:///${'7'.repeat(2_100)}`],
  ])('are unclear for %s', (_, template, uri) => {
    expect(read(template, uri)).toBe('unclear');
  });

  it.each([
    ['note:///{id}', 'note:///7/comments'],
    ['note:///{id}', 'note:///'],
    ['note:///{id}', 'notes:///7'],
    ['note:///{id}/comments', 'note:///7'],
  ])('are none where %s can not be %s', (template, uri) => {
    expect(read(template, uri)).toBe('none');
  });

  it.each([
    ['note:///{id}', 'note:///7', { id: '7' }],
    ['note:///{id}.md', 'note:///a.md', { id: 'a' }],
    ['note:///{id}{?rev}', 'note:///7', { id: '7' }],
    ['{+base}/{id}', 'note:///a/7', { id: '7' }],
    ['repo://{owner}/{name}/issues/{id}', 'repo://ann/x.y/issues/7', { owner: 'ann', name: 'x.y', id: '7' }],
    ['user:///{mail}', 'user:///ann@example.com', { mail: 'ann@example.com' }],
    ['user:///{mail}', 'user:///ann%40example.com', { mail: 'ann@example.com' }],
    ['note:///{id}', 'note:///a%20b%C3%A9', { id: 'a bé' }],
    ['note:///1', 'note:///1', {}],
  ])('of %s in %s', (template, uri, values) => {
    expect(read(template, uri)).toEqual(values);
  });

  it('take time in proportion to the URI', () => {
    const template = `note:///${'{a}-'.repeat(30)}`;
    expect(read(template, `note:///${'-'.repeat(2_000)}`)).toBe('unclear');
  });
});
