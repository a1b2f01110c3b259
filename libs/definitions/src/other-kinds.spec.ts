import { type ConfigInput, configSchema } from '@sallyport/contracts';
import { configured, systemTenant, tool } from '../test/made-definitions.ts';
import { inputOf, resourcesOf } from './other-kinds.ts';

const greet = { name: 'greet', arguments: [{ name: 'who', required: true }, { name: 'tone' }] };
const template = { name: 'notes', uriTemplate: 'file:///{+path}' };
const offering = { tools: [tool('greet')], prompts: [greet], templates: [template] };
const shop: ConfigInput['upstreams'][string] = { command: ['shop'], offers: ['tools', 'prompts', 'resources'] };
const all: ConfigInput = { upstreams: { shop } };

describe('prompts, templates and resources', () => {
  it('are none of an upstream that is not said to offer them', async () => {
    const { made } = systemTenant('trust_on_first_use');
    await made.offer('shop', offering);
    expect(made.catalog.all().map(({ kind }) => kind)).toEqual(['tool']);
    expect(made.catalog.find('shop', { kind: 'prompt', name: 'greet' })).toBeUndefined();
    expect(made.catalog.find('shop', { kind: 'resource', name: 'file:///a' })).toBeUndefined();
  });

  it('are pinned each by its own text, and a prompt is no tool of its name', async () => {
    const { made, journal } = systemTenant('pinned');
    made.configure(configured(all));
    await made.offer('shop', offering);
    expect(made.waiting('shop').toSorted()).toEqual(['file:///{+path}', 'greet', 'greet']);
    const digest = made.list().find(({ kind }) => kind === 'prompt')?.offeredDigest ?? '';
    const by = { ref: 'sub_1', issuer: 'local' };
    expect(await made.approve({ upstream: 'shop', kind: 'prompt', tool: 'greet', digest, by })).toEqual({ ok: true });
    const states = () =>
      (['tool', 'prompt'] as const).map((kind) => made.catalog.find('shop', { kind, name: 'greet' })?.state);
    expect(states()).toEqual(['unapproved', 'approved']);
    await made.offer('shop', { ...offering, prompts: [{ ...greet, description: 'Other.' }] });
    expect(states()).toEqual(['unapproved', 'drifted']);
    const again = systemTenant('pinned', journal).made;
    again.configure(configured(all));
    await again.catchUp();
    expect(again.catalog.find('shop', { kind: 'prompt', name: 'greet' })?.definition).toEqual(greet);
  });

  it('are approved by first use, whatever they are called', async () => {
    const { made } = systemTenant('trust_on_first_use');
    made.configure(configured({ upstreams: { shop: { ...shop, definitions: 'trust_on_first_use' } } }));
    const prompts = [{ ...greet, name: 'Greet somebody' }];
    await made.offer('shop', { ...offering, prompts, templates: [{ ...template, name: 'Notes of a day' }] });
    expect(made.list().map(({ kind, state }) => [kind, state])).toEqual(
      ['tool', 'prompt', 'template'].map((kind) => [kind, 'approved']),
    );
  });

  it('is one entry that stands for every URI of an upstream', async () => {
    const { made } = systemTenant('pinned');
    made.configure(configured(all));
    const found = made.catalog.find('shop', { kind: 'resource', name: 'file:///a' });
    expect(found).toMatchObject({ kind: 'resource', state: 'approved', digest: null, effect: 'read' });
    expect(made.catalog.find('shop', { kind: 'resource', name: 'file:///b' })).toBe(found);
    expect(made.catalog.find('other', { kind: 'resource', name: 'file:///a' })).toBeUndefined();
  });

  it('stays the same object while its configuration does', () => {
    const { upstreams } = configSchema.parse(all);
    expect(resourcesOf(upstreams)[0]).toBe(resourcesOf({ ...upstreams })[0]);
  });

  it('is of its own upstream, where two have one configuration', () => {
    const { shop: one } = configSchema.parse(all).upstreams;
    const made = one === undefined ? [] : resourcesOf({ shop: one, store: one });
    expect(made.map(({ upstream }) => upstream)).toEqual(['shop', 'store']);
  });
});

describe('what a prompt takes', () => {
  it.each([
    ['arguments that are no list', { name: 'a', arguments: 'x' }, {}, []],
    [
      'an argument without a name, and one that is no object',
      { name: 'a', arguments: [{ required: true }, 7] },
      {},
      [],
    ],
    [
      'a name of every object',
      { name: 'a', arguments: [{ name: '__proto__' }] },
      { ['__proto__']: { type: 'string' } },
      [],
    ],
    [
      'a required one that is listed twice',
      { name: 'a', arguments: [1, 2].map(() => ({ name: 'who', required: true })) },
      { who: { type: 'string' } },
      ['who'],
    ],
    ['a required one and another', greet, { who: { type: 'string' }, tone: { type: 'string' } }, ['who']],
  ])('with %s', (_, definition, properties, required) => {
    const { inputSchema } = inputOf('prompt', definition);
    expect(inputSchema).toEqual({ type: 'object', properties, required, additionalProperties: false });
    expect(Object.keys((inputSchema as { properties: object }).properties)).toEqual(Object.keys(properties));
  });
});
