import type { Call, CatalogTool, ResourceRule } from '@sallyport/contracts';
import { callFacts } from './call-facts.ts';

const rule = (argument: string, type = 'Note'): ResourceRule => ({ argument, type });
const declared = (templates: CatalogTool['templates'] = []) => ({
  resources: templates.flatMap(({ resources }) => resources),
  templates,
});
const read = (uri: string, templates: CatalogTool['templates']) =>
  callFacts({ action: 'resources/read', target: { kind: 'resource', name: uri }, arguments: {} }, declared(templates));
const named = (uri: string, templates: CatalogTool['templates']) =>
  read(uri, templates).objects.map(({ type, id }) => `${type} ${id}`);

describe('what a URI names', () => {
  const byId = { template: 'note:///{id}', resources: [rule('id')] };
  const inFolder = { template: 'note:///{folder}/{id}', resources: [rule('folder', 'Folder'), rule('id')] };

  it('is nothing that can be resolved where it is unclear', () => {
    expect(named('note:///1%252F2', [byId])).toEqual(['Note ']);
    expect(named('note:///1?as=2', [byId, inFolder])).toEqual(['Note ']);
    expect(named('note:///1,2', [byId])).toEqual(['Note ']);
    expect(read('note:///1,2', [byId]).bulk).toBe(2);
    expect(read('note:///*', [byId]).wildcards).toEqual(['/id']);
  });

  it('is what each of the templates says that it may be of', () => {
    const dated = { template: 'note:///{+path}', resources: [] };
    const tagged = { template: 'note:///{tag}', resources: [rule('tag', 'Tag')] };
    expect(named('note:///1', [byId, inFolder, dated, tagged])).toEqual(['Note 1', 'Tag 1']);
    expect(named('note:///plans/1', [byId, inFolder])).toEqual(['Folder plans', 'Note 1']);
    expect(named('file:///1', [byId, inFolder])).toEqual([]);
    expect(read('file:///1', [byId])).toMatchObject({ bulk: 0, wildcards: [], unbounded: [] });
  });
});

describe('what a completion names', () => {
  const prompt = { resources: [rule('note'), rule('other')] };
  const complete = (args: Call['arguments']) =>
    callFacts({ action: 'completion/complete', target: { kind: 'prompt', name: 'sum' }, arguments: args }, prompt);

  it('is what was chosen before, and not what is being completed', () => {
    const argument = { name: 'other', value: '2' };
    expect(complete({ argument, context: { arguments: { note: '1', more: 'x' } } }).objects).toMatchObject([
      { type: 'Note', id: '1', pointer: '/context/arguments/note' },
    ]);
    expect(complete({ argument })).toMatchObject({ objects: [], unbounded: [] });
  });
});
