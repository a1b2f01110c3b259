import { getOrder, orderOf, request } from '../../test/shop.ts';
import { cedarEngine } from '../cedar-engine.ts';
import { UNMAPPABLE } from '../cedar-value.ts';
import type { Engine, Opinion } from '../engine.ts';
import { readRules } from '../rule.ts';
import { evaluationContextOf } from '../evaluation-context.ts';
import { cutSlice } from '../slice.ts';
import { shapeOf } from '../tool-shape.ts';
import { closureEngine } from './closure-engine.ts';

const DENIES: Opinion = { allow: false, rules: [], broken: false };

function run(engine: Engine, condition: string): Opinion {
  const { rules } = readRules([
    { path: 'a', text: `@id("p") permit (principal, action, resource) when { ${condition} };` },
  ]);
  const slice = cutSlice(rules, shapeOf(getOrder), 'Order', new Map());
  const evaluation = evaluationContextOf(slice, request(getOrder), orderOf('alice'));
  if (evaluation === UNMAPPABLE) throw new Error('it can be shown');
  return engine(slice.full, evaluation, slice.needs);
}

describe('closureEngine', () => {
  it('lets Cedar’s refusal win over an allow of the closures, says once that they differ, and judges from then on', () => {
    const told: unknown[] = [];
    const engine = closureEngine(() => DENIES, { sampleEvery: 1, onMismatch: (difference) => told.push(difference) });
    expect(run(engine, 'true')).toEqual(DENIES);
    expect(run(engine, 'true')).toEqual(DENIES);
    expect(told).toEqual([{ rules: ['p'], cedar: DENIES, closures: { allow: true, rules: ['p'], broken: false } }]);
  });

  it('compares every nth evaluation, and is silent where both agree', () => {
    let asked = 0;
    const counted: Engine = (...args) => (asked++, cedarEngine(...args));
    const engine = closureEngine(counted, {
      sampleEvery: 3,
      onMismatch: () => {
        throw new Error('they agree');
      },
    });
    for (let i = 0; i < 9; i++) run(engine, 'context.agent == "claude"');
    expect(asked).toBe(3);
  });

  const many = `[${Array.from({ length: 101 }, (_, i) => `"${i}"`).join(', ')}]`;

  it.each([
    'ip("127.0.0.1").isLoopback()',
    '9007199254740991 + 1 > 0',
    '!principal.hasTag("x")',
    // Records that look like something else in Cedar's JSON.
    '{"__entity": {"type": "User", "id": "alice"}} != principal',
    '{"__extn": {"fn": "decimal", "arg": "1.0"}} has "__extn"',
    // Sets that take long to compare without an order.
    `${many}.containsAll(${many})`,
  ])('asks Cedar about %s', (condition) => {
    expect(run(closureEngine(cedarEngine), condition)).toEqual({ allow: true, rules: ['p'], broken: false });
    expect(
      run(
        closureEngine(() => DENIES),
        condition,
      ),
    ).toEqual(DENIES);
  });
});
