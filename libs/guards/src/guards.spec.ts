import type { Guard, HoldVerdict } from '@sallyport/contracts';
import { approvalJudges } from './approval-judges.ts';
import { configOf, fixture } from './cases/fixture.ts';
import { guards } from './guards.ts';
import { noSuchTool, probeEnvelope } from './probe-envelope.ts';

const list: readonly Guard[] = guards;
const at = (id: string): number => list.findIndex((guard) => guard.id === id);

describe('the list of guards', () => {
  it('has one guard that grants, and it can’t be in shadow', () => {
    const granting = list.filter(({ grants }) => grants);
    expect(granting.map(({ id }) => id)).toEqual(['authorization']);
    expect(granting[0]?.neverInShadow).toContain('grants');
  });

  it('tells nobody anything of a tool before it is known to be visible', () => expect(at('visibility')).toBe(0));

  it('has limits before policies, and policies before people', () => {
    const order = ['limits', 'repeated-call', 'authorization', 'confirmation'].map(at);
    expect(order).toEqual(order.toSorted((one, other) => one - other));
    expect(at('confirmation')).toBe(list.length - 1);
  });

  it('refuses a tool that nobody knows by each guard that is asked for one', async () => {
    const { ports, config } = fixture({ tools: [] });
    for (const id of ['visibility', 'definition-pin', 'authorization']) {
      const opinion = await list[at(id)]?.create(ports, config)(probeEnvelope({ tool: noSuchTool }));
      expect([id, opinion?.effect]).toEqual([id, 'deny']);
    }
  });
});

test('what is probed of schemas and policies is a tool where there are resources, too', () => {
  const resource = { kind: 'resource', upstream: 'files', name: '*', digest: null } as const;
  const errors_of_input = [{ pointer: '', message: 'are wrong' }];
  const { ports, config } = fixture({ tools: [{ ...resource, errors_of_input }, { errors_of_input }] });
  const probed = ['strict-input', 'authorization'].flatMap((id) => list[at(id)]?.probes(ports, config) ?? []);
  expect(probed.map(({ about }) => about)).toContain('strict-input/orders/cancel_order');
  const kinds = probed.flatMap(({ envelopes }) => envelopes.map(({ call }) => call.target.kind));
  expect(new Set(kinds)).toEqual(new Set(['tool']));
});

describe('who judges approvals again', () => {
  const held = { guard: 'authorization', effect: 'hold', reason: 'approval_required', requirements: [] } as const;
  const judges = (shadow: readonly string[] = []) => approvalJudges(fixture().ports, configOf({ shadow }));

  it('holds as the guard does, and never lets a hold go that names nobody', async () => {
    const [judge] = judges();
    const verdicts: HoldVerdict[] = [held];
    expect(await judge?.judge(probeEnvelope({ tool: noSuchTool, verdicts }))).toMatchObject({ effect: 'hold' });
    expect(await judge?.judge(probeEnvelope({ tool: noSuchTool }))).toEqual({ effect: 'pass' });
  });

  it('is in shadow where the guard is', () => {
    expect(judges().map(({ id, grants, shadow }) => [id, grants, shadow])).toEqual([['confirmation', false, false]]);
    expect(judges(['confirmation']).map(({ shadow }) => shadow)).toEqual([true]);
    expect(judges(['limits']).map(({ shadow }) => shadow)).toEqual([false]);
  });
});
