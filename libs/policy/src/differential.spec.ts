import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { AccessRequest } from '@sallyport/contracts';
import fc from 'fast-check';
import { compare, objectOf, ruleOf, sliceFor } from '../test/agreement.ts';
import { CORPUS } from '../test/corpus.ts';
import { policy } from '../test/generators.ts';
import { mcpPolicy, mcpRequests } from '../test/mcp-generators.ts';
import { probe, requests } from '../test/request-generators.ts';
import {
  cancelOrder,
  getOrder,
  orderOf,
  refundOrder,
  request,
  searchCustomers,
  SHOP_POLICIES,
  SHOP_TOOLS,
} from '../test/shop.ts';
import { cedar } from './cedar.ts';
import { cedarEngine } from './cedar-engine.ts';
import { UNMAPPABLE } from './cedar-value.ts';
import { evaluate } from './closure/closure-engine.ts';
import type { EvaluationContext } from './closure/compile-expression.ts';
import { compilePolicies } from './index.ts';
import { evaluationContextOf } from './evaluation-context.ts';
import { cutSlice } from './slice.ts';
import { resourceFields, shapeOf } from './tool-shape.ts';
import { visible } from './visible.ts';

describe('closures and Cedar', () => {
  it('agree on 6,000 random policy sets, over every operator, down to which policies err', () => {
    const seen = { judged: 0, unsure: 0, broken: 0, allowed: 0 };
    const agree = (policies: readonly PolicyJson[], asked: AccessRequest): void => {
      const found = compare(sliceFor(policies, asked), asked);
      if (!found) return;
      const { cedar, closures } = found;
      seen.judged++;
      if (closures === null) {
        seen.unsure++;
        return;
      }
      seen.broken += Number(cedar.broken);
      seen.allowed += Number(cedar.allow);
      expect(closures).toEqual(cedar);
    };
    fc.assert(fc.property(fc.array(policy, { minLength: 1, maxLength: 3 }), requests([probe]), agree), {
      numRuns: 6_000,
    });
    expect(seen.judged).toBeGreaterThan(5_700);
    expect(seen.unsure).toBeLessThan(900);
    expect(seen.broken).toBeGreaterThan(500);
    expect(seen.allowed).toBeGreaterThan(300);
  });

  it('agree on 4,000 random policy sets over prompts, resources and templates, and never hide what they allow', () => {
    const seen = { unsure: 0, broken: 0, allowed: 0, hidden: 0 };
    const agree = (policies: readonly PolicyJson[], asked: AccessRequest): void => {
      const object = objectOf(asked);
      const slice = sliceFor(policies, asked);
      const found = compare(slice, asked);
      if (!found) throw new Error('each can be shown');
      const { cedar, closures } = found;
      seen.unsure += Number(closures === null);
      seen.broken += Number(cedar.broken);
      if (closures) expect(closures).toEqual(cedar);
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
    fc.assert(fc.property(fc.array(mcpPolicy, { minLength: 1, maxLength: 3 }), mcpRequests, agree), {
      numRuns: 4_000,
    });
    expect(seen.unsure).toBeLessThan(400);
    expect(seen.broken).toBeGreaterThan(200);
    expect(seen.allowed).toBeGreaterThan(200);
    expect(seen.hidden).toBeGreaterThan(1_000);
  });

  it.each(CORPUS)('agree on %s, in when and unless', (condition) => {
    const asked = fc.sample(requests([probe]), { seed: 1, numRuns: 50 });
    for (const kind of ['when', 'unless']) {
      const parsed = cedar.policyToJson(`permit (principal, action, resource) ${kind} { ${condition} };`);
      if (parsed.type !== 'success') throw new Error(parsed.errors.map(({ message }) => message).join());
      const slice = sliceFor([parsed.json], request(probe));
      const found = asked.flatMap((one) => compare(slice, one) ?? []).filter(({ closures }) => closures !== null);
      expect(found.map(({ closures }) => closures)).toEqual(found.map((each) => each.cedar));
    }
  });

  it('answer 5,000 random calls to the shop alike', () => {
    const source = { files: [{ path: 'a.cedar', text: SHOP_POLICIES }], tools: SHOP_TOOLS };
    const byCedar = compilePolicies({ ...source, engine: 'cedar' });
    const closures = compilePolicies(source);
    if (!byCedar.ok || !closures.ok) throw new Error('the shop compiles');
    const seen = new Set<string>();
    fc.assert(
      fc.property(requests(SHOP_TOOLS), (asked) => {
        const answer = byCedar.policies.authorize(asked);
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
