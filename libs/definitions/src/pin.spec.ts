import type { EventData, JsonObject } from '@sallyport/contracts';
import { toolConfig, catalogTool } from './catalog-tool.ts';
import { isUnused, listDigest } from './first-use.ts';
import { copyOf, evolve, isDefinitionEvent, newPin, type Pin, stateOf } from './pin.ts';

const base = { tenant: '_system', upstream: 'shop', tool: 'run' };
const definition = (description: string): JsonObject => ({ name: 'run', description, inputSchema: { type: 'object' } });
const [first, second] = [copyOf(definition('Runs.')), copyOf(definition('Runs away.'))];
const pin = (more: Partial<Pin> = {}): Pin => ({ ...newPin({ upstream: 'shop', kind: 'tool', tool: 'run' }), ...more });
const approval: EventData['definition.approved'] = { ...base, ...first, previous: null, how: 'first_use', by: null };

describe('where a tool stands', () => {
  it.each<[ReturnType<typeof stateOf>, Partial<Pin>]>([
    ['unapproved', {}],
    ['starting', { offered: first }],
    ['unapproved', { offered: first, recorded: first.digest }],
    ['withdrawn', { approved: first }],
    ['drifted', { approved: first, offered: second }],
    ['approved', { approved: first, offered: copyOf(definition('Runs.')) }],
  ])('is %s: %j', (state, more) => expect(stateOf(pin(more))).toBe(state));

  it('depends on all of the definition, also on what nobody knows', () => {
    const more: JsonObject[] = [
      { title: 'Run' },
      { annotations: { readOnlyHint: true } },
      { _meta: { x: 1 } },
      { outputSchema: {} },
      { 'x-vendor': null },
    ];
    const digests = more.map((one) => copyOf({ ...definition('Runs.'), ...one }).digest);
    expect(new Set([first.digest, ...digests]).size).toBe(more.length + 1);
    expect(copyOf({ inputSchema: { type: 'object' }, description: 'Runs.', name: 'run' }).digest).toBe(first.digest);
  });
});

describe('an event of its stream', () => {
  it('that offers leaves what is approved as it is', () => {
    const before = pin({ version: 3, approved: first, offered: second, recorded: first.digest });
    const offered = { ...base, digest: second.digest, state: 'drifted' as const };
    expect(evolve(before, 'definition.offered', offered)).toEqual({ ...before, version: 4, recorded: second.digest });
  });

  it('that approves puts that very copy in force', () => {
    const before = pin({ version: 1, offered: second, recorded: second.digest });
    expect(evolve(before, 'definition.approved', approval)).toEqual({
      ...before,
      version: 2,
      approved: first,
      recorded: first.digest,
    });
  });

  it('that withdraws keeps what is approved, for when it is offered again', () => {
    const before = pin({ version: 2, approved: first, offered: first, recorded: first.digest });
    expect(evolve(before, 'definition.withdrawn', base)).toEqual({
      ...before,
      version: 3,
      offered: null,
      recorded: null,
    });
  });

  it('is one of three', () => {
    const types = ['definition.offered', 'definition.approved', 'definition.withdrawn'];
    expect(types.every(isDefinitionEvent)).toBe(true);
    expect(['upstream.first_used', 'definition.', 'call.decided', ''].some(isDefinitionEvent)).toBe(false);
  });
});

describe('the list of a first use', () => {
  const named = (tool: string, offered: Pin['offered']): Pin => ({
    ...newPin({ upstream: 'shop', kind: 'tool', tool }),
    offered,
  });
  const a = named('a', first);
  const b = named('b', second);

  it('is the same in any order, and another with another name, definition or length', () => {
    const both = listDigest([a, b], { offered: new Set(['tool/a', 'tool/b']) });
    expect(listDigest([b, a], { offered: new Set(['tool/b', 'tool/a']) })).toBe(both);
    expect(listDigest([a, b, named('c', first)], { offered: new Set(['tool/a', 'tool/b']) })).toBe(both);
    expect(listDigest([a, b], { offered: new Set(['tool/a']) })).not.toBe(both);
    expect(listDigest([a, named('b', first)], { offered: new Set(['tool/a', 'tool/b']) })).not.toBe(both);
    expect(listDigest([named('b', first), named('a', second)], { offered: new Set(['tool/a', 'tool/b']) })).not.toBe(
      both,
    );
  });

  it('may come only while nothing of the upstream is on record', () => {
    expect(isUnused([a, b], null)).toBe(true);
    expect(isUnused([], first.digest)).toBe(false);
    expect(isUnused([a, { ...b, version: 1 }], null)).toBe(false);
  });
});

describe('a tool of the catalogue', () => {
  const make = (more: Partial<Pin>, { usable = true, configured = {} } = {}) =>
    catalogTool(
      { ...pin(more), kind: 'tool' },
      {
        usable,
        enforced: undefined,
        checkInput: () => [],
        fit: (args) => ({ arguments: args, leftOut: 0 }),
        checkOutput: null,
        valuesOf: (values) => ({ values, undeclared: [] }),
      },
      { tools: { run: configured }, errors: 'code' } as never,
    );
  const hinted = (annotations: JsonObject | string): Pin['offered'] =>
    copyOf({ ...definition('Runs.'), annotations } as JsonObject);

  it('shows clients nothing that nobody approved', () => {
    expect(make({ offered: first, recorded: first.digest })).toMatchObject({
      state: 'unapproved',
      definition: null,
      digest: null,
    });
    expect(make({ approved: first, offered: second })).toMatchObject({
      state: 'drifted',
      definition: first.definition,
    });
  });

  it('is unusable where its configuration does not fit, unless something worse is the matter', () => {
    expect(make({ approved: first, offered: first }, { usable: false }).state).toBe('unusable');
    expect(make({ approved: first, offered: second }, { usable: false }).state).toBe('drifted');
    expect(make({ offered: first, recorded: first.digest }, { usable: false }).state).toBe('unapproved');
  });

  it.each<[string, JsonObject | string]>([
    ['egress', {}],
    ['egress', 'readOnlyHint'],
    ['egress', { readOnlyHint: 'true', openWorldHint: 0 }],
    ['egress', { readOnlyHint: false, openWorldHint: true }],
    ['write', { openWorldHint: false }],
    ['write', { openWorldHint: false, destructiveHint: false }],
    ['read', { readOnlyHint: true, openWorldHint: true }],
  ])('is taken for %s by the hints %j', (effect, annotations) =>
    expect(make({ offered: hinted(annotations) }).effect).toBe(effect),
  );

  it('has the effect by the approved hints, not by those that are offered now, and what is configured above both', () => {
    const drifted = { approved: hinted({ openWorldHint: false }), offered: hinted({ readOnlyHint: true }) };
    expect(make(drifted).effect).toBe('write');
    expect(make(drifted, { configured: { effect: 'state_change' } }).effect).toBe('state_change');
  });

  it('takes nothing from what every object has', () => {
    for (const name of ['constructor', '__proto__', 'toString']) expect(toolConfig({}, name)).toEqual({});
  });
});
