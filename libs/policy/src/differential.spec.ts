import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { AccessRequest } from '@sallyport/contracts';
import fc from 'fast-check';
import { policy, probe, requests } from '../test/generators.ts';
import { mcpPolicy, mcpRequests } from '../test/mcp-generators.ts';
import {
  cancelOrder,
  getOrder,
  orderOf,
  refundOrder,
  searchCustomers,
  SHOP_POLICIES,
  SHOP_TOOLS,
} from '../test/shop.ts';
import { cedarEngine } from './cedar-engine.ts';
import { UNMAPPABLE } from './cedar-value.ts';
import { evaluate } from './closure/closure-engine.ts';
import type { EvaluationContext } from './closure/compile-expression.ts';
import { usesOf } from './expression.ts';
import { compilePolicies } from './index.ts';
import { mcpFields } from './mcp-shape.ts';
import type { Rule } from './rule.ts';
import { evaluationContextOf } from './evaluation-context.ts';
import { cutSlice } from './slice.ts';
import { resourceFields, shapeOf } from './tool-shape.ts';
import { visible } from './visible.ts';

function ruleOf(json: PolicyJson, index: number): Rule {
  const source = { file: { path: '', text: '' }, text: '', offset: 0 };
  const said = { id: `p${index}`, confirm: null, ask: null, advice: null, scopes: [] };
  return { ...said, index, effect: json.effect, json, uses: usesOf(json), source };
}

describe('closures and Cedar', () => {
  it('agree on 6,000 random policy sets, over every operator, down to which policies err', () => {
    const fields = resourceFields(SHOP_TOOLS).get('Order') ?? new Map();
    const seen = { judged: 0, unsure: 0, broken: 0, allowed: 0 };
    const compare = (policies: readonly PolicyJson[], asked: AccessRequest): void => {
      const object = asked.facts.resources[0] ?? orderOf('alice');
      const slice = cutSlice(policies.map(ruleOf), shapeOf(probe), 'Order', fields);
      const evaluation = evaluationContextOf(slice, asked, object);
      if (evaluation === UNMAPPABLE) return;
      const closures = evaluate(slice.full, evaluation);
      seen.judged++;
      if (closures === null) {
        seen.unsure++;
        return;
      }
      const cedar = cedarEngine(slice.full, evaluation, slice.needs);
      seen.broken += Number(cedar.broken);
      seen.allowed += Number(cedar.allow);
      expect({ ...closures, rules: [...closures.rules].sort() }).toEqual({ ...cedar, rules: [...cedar.rules].sort() });
    };
    fc.assert(fc.property(fc.array(policy, { minLength: 1, maxLength: 3 }), requests([probe]), compare), {
      numRuns: 6_000,
    });
    expect(seen.judged).toBeGreaterThan(5_900);
    expect(seen.unsure).toBeLessThan(600);
    expect(seen.broken).toBeGreaterThan(500);
    expect(seen.allowed).toBeGreaterThan(300);
  });

  it('agree on 4,000 random policy sets over prompts, resources and templates, and never hide what they allow', () => {
    const seen = { unsure: 0, broken: 0, allowed: 0, hidden: 0 };
    const compare = (policies: readonly PolicyJson[], asked: AccessRequest): void => {
      const [object] = asked.facts.resources;
      if (!object) throw new Error('each has one');
      const shape = shapeOf(asked.tool, asked.action);
      const slice = cutSlice(policies.map(ruleOf), shape, object.type, mcpFields(object.type) ?? new Map());
      const evaluation = evaluationContextOf(slice, asked, object);
      if (evaluation === UNMAPPABLE) throw new Error('each can be shown');
      const cedar = cedarEngine(slice.full, evaluation, slice.needs);
      const closures = evaluate(slice.full, evaluation);
      seen.unsure += Number(closures === null);
      seen.broken += Number(cedar.broken);
      if (closures)
        expect({ ...closures, rules: [...closures.rules].sort() }).toEqual({
          ...cedar,
          rules: [...cedar.rules].sort(),
        });
      if (asked.action === 'completion/complete') return;
      const { subject, tool } = asked;
      const looks = [
        { subject, tool, object: undefined },
        { subject, tool, object },
      ].map((look) => visible([slice], look));
      const isAllowed = cedar.allow && !cedar.broken;
      seen.allowed += Number(isAllowed);
      seen.hidden += looks.filter(({ visibility }) => visibility === 'never').length;
      if (isAllowed) expect(looks.map(({ visibility }) => visibility)).toEqual(['maybe', 'maybe']);
    };
    fc.assert(fc.property(fc.array(mcpPolicy, { minLength: 1, maxLength: 3 }), mcpRequests, compare), {
      numRuns: 4_000,
    });
    expect(seen.unsure).toBeLessThan(400);
    expect(seen.broken).toBeGreaterThan(200);
    expect(seen.allowed).toBeGreaterThan(200);
    expect(seen.hidden).toBeGreaterThan(1_000);
  });

  it('answer 5,000 random calls to the shop alike', () => {
    const source = { files: [{ path: 'a.cedar', text: SHOP_POLICIES }], tools: SHOP_TOOLS };
    const cedar = compilePolicies(source);
    const closures = compilePolicies({ ...source, engine: 'closures' });
    if (!cedar.ok || !closures.ok) throw new Error('the shop compiles');
    const seen = new Set<string>();
    fc.assert(
      fc.property(requests(SHOP_TOOLS), (asked) => {
        const answer = cedar.policies.authorize(asked);
        seen.add(answer.effect === 'deny' ? answer.reason : answer.effect);
        expect(closures.policies.authorize(asked)).toEqual(answer);
      }),
      { numRuns: 5_000 },
    );
    expect([...seen].sort()).toEqual([
      'allow',
      'bulk_argument',
      'hold',
      'not_owner',
      'not_permitted',
      'object_unresolved',
      'unbounded_query',
      'wildcard_argument',
    ]);
  });
});

describe('visible', () => {
  const shop = compilePolicies({ files: [{ path: 'a.cedar', text: SHOP_POLICIES }], tools: SHOP_TOOLS });
  if (!shop.ok) throw new Error('the shop compiles');
  const { policies } = shop;

  it('hides what no call could pass, and marks what always needs a person', () => {
    const seenBy = (...roles: string[]): string[] =>
      [getOrder, cancelOrder, refundOrder, searchCustomers].map((each) =>
        policies.visible({ id: 'alice', issuer: 't', roles }, each),
      );
    expect(seenBy()).toEqual(['never', 'never', 'never', 'never']);
    expect(seenBy('support')).toEqual(['maybe', 'never', 'never', 'never']);
    expect(seenBy('customer')).toEqual(['maybe', 'confirm', 'maybe', 'never']);
    expect(seenBy('admin')).toEqual(['never', 'never', 'never', 'maybe']);
  });

  it('hides what a hard forbid takes from a subject whatever they call', () => {
    const banned = `@id("p") permit (principal, action, resource);
      @id("f") @hard forbid (principal in Role::"banned", action, resource);`;
    const result = compilePolicies({ files: [{ path: 'a.cedar', text: banned }], tools: SHOP_TOOLS });
    if (!result.ok) throw new Error('it compiles');
    expect(result.policies.visible({ id: 'eve', issuer: 't', roles: ['banned'] }, getOrder)).toBe('never');
    expect(result.policies.visible({ id: 'eve', issuer: 't', roles: [] }, getOrder)).toBe('maybe');
  });

  it('never hides a tool that a call was allowed or held on (5,000 calls to the shop)', () => {
    let passed = 0;
    fc.assert(
      fc.property(requests(SHOP_TOOLS), (asked) => {
        const { effect } = policies.authorize(asked);
        if (effect === 'deny') return;
        passed++;
        const seen = policies.visible(asked.subject, asked.tool);
        expect(seen).not.toBe('never');
        if (seen === 'confirm') expect(effect).toBe('hold');
      }),
      { numRuns: 5_000 },
    );
    expect(passed).toBeGreaterThan(200);
  });

  it('never hides what random policies allow, nor says confirm of what passes without (6,000 policy sets)', () => {
    const fields = resourceFields(SHOP_TOOLS).get('Order') ?? new Map();
    let allowed = 0;
    const check = (drawn: readonly PolicyJson[], asked: AccessRequest): void => {
      const slice = cutSlice(drawn.map(ruleOf), shapeOf(probe), 'Order', fields);
      const evaluation: EvaluationContext | typeof UNMAPPABLE = evaluationContextOf(
        slice,
        asked,
        asked.facts.resources[0] ?? orderOf('alice'),
      );
      if (evaluation === UNMAPPABLE) return;
      const opinion = evaluate(slice.full, evaluation) ?? cedarEngine(slice.full, evaluation, slice.needs);
      if (!opinion.allow || opinion.broken) return;
      allowed++;
      expect(visible([slice], { subject: asked.subject, tool: probe, object: undefined }).visibility).toBe('maybe');
    };
    fc.assert(fc.property(fc.array(policy, { minLength: 1, maxLength: 3 }), requests([probe]), check), {
      numRuns: 6_000,
    });
    expect(allowed).toBeGreaterThan(300);
  });
});
