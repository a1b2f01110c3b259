import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import { getOrder, orderOf, request } from '../test/shop.ts';
import { cedarEngine } from './cedar-engine.ts';
import { UNMAPPABLE } from './cedar-value.ts';
import type { Opinion } from './engine.ts';
import type { Rule } from './rule.ts';
import { evaluationContextOf } from './evaluation-context.ts';
import { cutSlice } from './slice.ts';
import { shapeOf } from './tool-shape.ts';

const all = { op: 'All' } as const;
const source = { file: { path: '', text: '' }, text: '', offset: 0 };

function judge(effect: 'permit' | 'forbid', id: string, conditions: PolicyJson['conditions'] = []): Opinion {
  const json: PolicyJson = { effect, principal: all, action: all, resource: all, conditions };
  const said = { id, confirm: null, ask: null, advice: null, scopes: [], uses: new Set<string>() };
  const rule: Rule = { ...said, index: 0, effect, json, source };
  const slice = cutSlice([rule], shapeOf(getOrder), 'Order', new Map());
  const evaluation = evaluationContextOf(slice, request(getOrder), orderOf('alice'));
  if (evaluation === UNMAPPABLE) throw new Error('the shop’s orders can be shown');
  return cedarEngine(slice.full, evaluation, slice.needs);
}

describe('cedarEngine', () => {
  it('is broken where Cedar refuses a policy, and never throws', () => {
    const nonsense = [{ kind: 'when', body: { nonsense: [] } }] as PolicyJson['conditions'];
    expect(judge('permit', 'bad', nonsense)).toEqual({ allow: false, rules: [], broken: true });
  });

  it('is broken where a policy errs, although Cedar would allow by the others', () => {
    const missing = { '.': { left: { Var: 'context' as const }, attr: 'missing' } };
    expect(judge('forbid', 'errs', [{ kind: 'when', body: missing }])).toMatchObject({ allow: false, broken: true });
  });

  it('answers by the right set after thousands of others have pushed it out', () => {
    const before = [judge('permit', 'first'), judge('forbid', 'second')];
    for (let i = 0; i < 4_200; i++) judge('permit', `other ${i}`);
    expect([judge('permit', 'first'), judge('forbid', 'second')]).toEqual(before);
    expect(before).toEqual([
      { allow: true, rules: ['first'], broken: false },
      { allow: false, rules: ['second'], broken: false },
    ]);
  });
});
