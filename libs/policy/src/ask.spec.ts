import { cancelOrder, factsOf, orderOf, request } from '../test/shop.ts';
import { requirementOf } from './ask.ts';
import { readRules } from './rule.ts';

function asked(question: string, more: Parameters<typeof request>[1] = {}): string {
  const text = `@id("f") @confirm("self") @ask(${JSON.stringify(question)}) forbid (principal, action, resource);`;
  const [rule] = readRules([{ path: 'a', text }]).rules;
  return rule ? requirementOf(rule, request(cancelOrder, more)).ask : 'no rule';
}

describe('@ask', () => {
  it.each(['{missing}', '{Order.missing}', '{Customer.id}', '{Order.items.x}', '{__proto__}', '{Order.__proto__}'])(
    'shows %s as a question mark',
    (placeholder) => {
      expect(asked(`Sure, ${placeholder}`)).toBe('Sure, ?');
    },
  );

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

  it('lets no value redraw the question', () => {
    const value = 'a\u202eb\u200b\n\u0007c\u2028{Order.total}';
    expect(asked('Cancel {order_id}?', { arguments: { order_id: value } })).toBe('Cancel a b c {Order.total}?');
  });

  it('cuts long values and lists', () => {
    expect(asked('{order_id}', { arguments: { order_id: '😀'.repeat(300) } })).toBe(`${'😀'.repeat(200)}…`);
    const many = Array.from({ length: 22 }, (_, i) => i);
    expect(asked('{ids}', { arguments: { ids: many } })).toMatch(/18, 19 and 2 more$/);
  });

  it('fills in arguments and what was resolved, of every object', () => {
    const facts = factsOf([orderOf('alice', '1'), orderOf('alice', '2')]);
    expect(asked('{order_id}: {Order.id} of {Order.owner}, {Order.total}', { facts })).toBe(
      '1001: 1, 2 of alice, alice, 59.9, 59.9',
    );
  });
});
