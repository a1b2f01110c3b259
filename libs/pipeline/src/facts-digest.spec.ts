import { createSecretKey } from 'node:crypto';
import type { Facts, ResourceFact } from '@sallyport/contracts';
import { noFacts } from '@sallyport/testing';
import { factsDigest } from './facts-digest.ts';

const keys = { digestKey: (tenant: string) => createSecretKey(Buffer.alloc(32, tenant)) };
const order: ResourceFact = {
  type: 'Order',
  id: '1001',
  pointer: '/order_id',
  status: 'resolved',
  owner: 'alice',
  version: null,
  attributes: { total: 59.9, lines: [{ sku: 'A' }] },
};
const digestOf = (facts: Partial<Facts>, tenant = 'shop'): string =>
  factsDigest(keys, tenant, { ...noFacts, ...facts });
const withOrder = (change: Partial<ResourceFact>): string => digestOf({ resources: [{ ...order, ...change }] });

describe('the digest that an approval is bound to', () => {
  it.each<[string, Partial<ResourceFact>]>([
    ['owner', { owner: 'bob' }],
    ['version', { version: '2' }],
    ['attribute', { attributes: { ...order.attributes, total: 59.91 } }],
    ['value within an attribute', { attributes: { ...order.attributes, lines: [{ sku: 'B' }] } }],
    ['attribute that is gone', { attributes: {} }],
    ['id', { id: '1002' }],
    ['type', { type: 'Invoice' }],
    ['status', { status: 'unresolved' }],
  ])('is another one for another %s', (_, change) => expect(withOrder(change)).not.toBe(withOrder({})));

  it('is another one for one object more, another tenant, and other plain facts', () => {
    expect(digestOf({ resources: [order, { ...order, id: '1002' }] })).not.toBe(withOrder({}));
    expect(digestOf({}, 'bank')).not.toBe(digestOf({}));
    expect(digestOf({ bulk: 1 })).not.toBe(digestOf({}));
  });

  it('is the same for the same facts, in whatever order an object has its attributes', () => {
    expect(withOrder({ attributes: { lines: [{ sku: 'A' }], total: 59.9 } })).toBe(withOrder({}));
    expect(digestOf({ bulk: 1 })).toBe(digestOf({ bulk: 1 }));
  });
});
