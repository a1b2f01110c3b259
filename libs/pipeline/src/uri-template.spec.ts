import { matchesTemplate as matches } from './uri-template.ts';

const matchesTemplate = (template: string, uri: string): boolean => matches(template, uri, { left: 100_000 });

describe('whether a URI is of a template', () => {
  it.each([
    ['another path', 'test://template/{id}/data', 'test://template/7/other'],
    ['a slash where none may be', 'test://template/{id}/data', 'test://template/7/8/data'],
    ['nothing where something must be', 'test://template/{id}/data', 'test://template//data'],
    ['more at the end', 'file:///{name}', 'file:///a?b'],
    ['an expression that is not known', 'x://{#fragment}', 'x://#a'],
    ['an expression that is none', 'x://{a b}', 'x://c'],
    ['a query that is no query', 'x://a{?q}', 'x://ab'],
    ['a text that is too long', 'x://{a}', `x://${'a'.repeat(2_048)}`],
  ])('is not, with %s', (_, template, uri) => expect(matchesTemplate(template, uri)).toBe(false));

  it.each([
    ['a name', 'test://template/{id}/data', 'test://template/7/data'],
    ['names beside each other', 'x://{a}{b}', 'x://ab'],
    ['a path', 'file:///{+path}', 'file:///srv/notes/a.md'],
    ['path segments', 'repo://{owner}{/path}', 'repo://me/src/a.ts'],
    ['a query', 'db://rows{?from,to}', 'db://rows?from=1&to=2'],
    ['no query', 'db://rows{?from,to}', 'db://rows'],
    ['no expression', 'x://a', 'x://a'],
  ])('is, with %s', (_, template, uri) => expect(matchesTemplate(template, uri)).toBe(true));

  it('takes no more effort than there is left, over however many', () => {
    const effort = { left: 1_000_000 };
    const uri = `file:///${'a'.repeat(2_000)}`;
    const slow = `file:///${'{+a}a'.repeat(400)}z`;
    expect(Array.from({ length: 10_000 }, () => matches(slow, uri, effort))).not.toContain(true);
    expect(matches('file:///{a}', uri, effort)).toBe(false);
  }, 2_000);

  it('takes little for a template that begins otherwise, and not nothing', () => {
    const effort = { left: 10 };
    expect(matches('file:///{a}', `http://${'a'.repeat(99)}`, effort)).toBe(false);
    expect(effort.left).toBe(8);
  });
});
