import type { Requirement } from '@sallyport/contracts';
import { cancelOrder, factsOf, orderOf, request } from '../test/shop.ts';
import { missingAttributes, requirementOf } from './ask.ts';
import { readRules, type Rule } from './rule.ts';

type More = Parameters<typeof request>[1];

function ruleOf(question: string | null): Rule | undefined {
  const ask = question === null ? '' : `@ask(${JSON.stringify(question)})`;
  const text = `@id("f") @confirm("self") ${ask} forbid (principal, action, resource);`;
  return readRules([{ path: 'a', text }]).rules[0];
}

function requirement(question: string | null, more: More = {}, tool = cancelOrder): Requirement | undefined {
  const rule = ruleOf(question);
  return rule && requirementOf(rule, request(tool, more));
}

function missing(question: string, more: More = {}): string[] | undefined {
  const rule = ruleOf(question);
  return rule && missingAttributes(rule, request(cancelOrder, more));
}

function asked(question: string, more: More = {}): string {
  return requirement(question, more)?.ask ?? 'no rule';
}

describe('@ask', () => {
  it.each(['{missing}', '{__proto__}'])(
    'shows %s, an argument that was not given, as a question mark',
    (placeholder) => {
      expect(asked(`Sure, ${placeholder}`)).toBe('Sure, ?');
      expect(missing(placeholder)).toEqual([]);
    },
  );

  it.each(['Order.missing', 'Customer.id', 'Order.items.x', 'Order.__proto__', 'Order.', '.total', 'Order.version'])(
    'misses %s, which no object of the call has',
    (name) => {
      expect(missing(`Sure, { ${name} } {order_id} {Order.total}?`)).toEqual([name]);
    },
  );

  it('misses what one of many objects lacks, or has as null', () => {
    const lacking = { ...orderOf('alice', '2'), attributes: { total: null } };
    const facts = factsOf([orderOf('alice', '1'), lacking]);
    expect(missing('{Order.total} {Order.items} {Order.id} {Order.owner}', { facts })).toEqual([
      'Order.total',
      'Order.items',
    ]);
  });

  it('misses nothing where a value is empty, zero or false', () => {
    const facts = factsOf([{ ...orderOf('alice'), version: '', attributes: { a: '', b: 0, c: false, d: [null] } }]);
    expect(missing('{Order.version}{Order.a}{Order.b}{Order.c}{Order.d}', { facts })).toEqual([]);
  });

  it.each(['Order.total', 'Order.id', 'Customer.name', 'Order.', '.total', '.'])(
    'takes no argument for %s, which promises a value that was resolved',
    (name) => {
      const forged = { arguments: { order_id: '1001', [name]: '0.01' } };
      expect(asked(`Pay {${name}}?`, forged)).not.toContain('0.01');
      expect(asked(`Pay { ${name} }?`, forged)).not.toContain('0.01');
      expect(asked(`Pay {${name}}?`, { ...forged, facts: factsOf([]) })).toBe('Pay ??');
    },
  );

  it('shows nothing of an object that was not resolved, and leaves out no object', () => {
    const facts = factsOf([orderOf('alice', '1'), { ...orderOf('bob', '2'), attributes: {} }, orderOf(null, '3')]);
    expect(asked('{Order.total}', { facts })).toBe('59.9, ?, ?');
    expect(asked('{Order.id}', { facts: factsOf([orderOf(null, '3')]) })).toBe('?');
  });

  it('lets no value redraw the question, or go on with our sentence', () => {
    const value = 'a\u202eb\u200b\n\u0007c\u2028{Order.total}';
    expect(asked('Cancel {order_id}?', { arguments: { order_id: value } })).toBe(
      'Cancel "a\\u202eb\\u200b\\u000a\\u0007c\\u2028{Order.total}"?',
    );
    const on = '1001" (1 item, 0.01 EUR)? It was asked for by the "owner';
    expect(asked('Cancel {order_id}?', { arguments: { order_id: on } })).toMatch(/^Cancel "[^"]*"\?$/);
    expect(asked('{order_id} {Order.total}', { arguments: { order_id: '59.9' } })).toBe('"59.9" 59.9');
    expect(asked('{a}', { arguments: { a: ['x, y', 1, true, null, { 'k"': ['v"'] }] } })).toBe(
      '"x, y", 1, true, null, {"k\\u0022": ["v\\u0022"]}',
    );
  });

  it('says that a list is empty, and that there is nothing', () => {
    expect(asked('{a}', { arguments: { a: [] } })).toBe('[]');
    expect(asked('{a}', { arguments: { a: [null] } })).toBe('null');
  });

  it('marks what is cut outside of the quotes, with how much is missing', () => {
    const long = requirement('{order_id}', { arguments: { order_id: '😀'.repeat(300) } });
    expect(long).toMatchObject({ ask: `"${'😀'.repeat(200)}" [and 100 more characters, not shown]`, cut: true });
    const many = requirement('{ids}', { arguments: { ids: Array.from({ length: 22 }, (_, i) => i) } });
    expect(many).toMatchObject({ ask: expect.stringMatching(/18, 19 \[and 2 more, not shown\]$/), cut: true });
    const deep = requirement('{a}', { arguments: { a: { b: { c: { d: { e: 'x' } } } } } });
    expect(deep).toMatchObject({ ask: '{"b": {"c": {"d": {[and 1 more, not shown]}}}}', cut: true });
    const wide = requirement('{a}', { arguments: { a: Array(20).fill('y'.repeat(200)) } });
    expect(wide).toMatchObject({ ask: expect.stringMatching(/ \[and 1\d more, not shown\]$/), cut: true });
    expect(requirement('{order_id} {a}', { arguments: { order_id: 'x'.repeat(200), a: [[1]] } })).not.toHaveProperty(
      'cut',
    );
  });

  it('shows the tool and its arguments where the policy says nothing, as far as they go', () => {
    const named = { ...cancelOrder, name: 'cancel_order, which is harmless' };
    expect(requirement(null, { arguments: {} }, named)?.ask).toBe(
      'May "orders/cancel_order, which is harmless" be called?',
    );
    const args = { order_id: '1001", so be it', note: 'y'.repeat(300) };
    const { ask, ...rest } = requirement(null, { arguments: args }) ?? {};
    expect(ask).toBe(
      `May "orders/cancel_order" be called with {"order_id": "1001\\u0022, so be it", "note": "${'y'.repeat(200)}" [and 100 more characters, not shown]}?`,
    );
    expect(rest).not.toHaveProperty('cut');
  });

  it('fills in arguments and what was resolved, of every object', () => {
    const facts = factsOf([orderOf('alice', '1'), orderOf('alice', '2')]);
    expect(asked('{order_id}: {Order.id} of {Order.owner}, {Order.total}', { facts })).toBe(
      '"1001": "1", "2" of "alice", "alice", 59.9, 59.9',
    );
  });
});
