import type { AccessRequest, CatalogTool, Facts, JsonObject, JsonValue, ResourceFact } from '@sallyport/contracts';

/** The shop's policies, as the documentation shows them. */
export const SHOP_POLICIES = `
@id("customers-work-with-their-own-orders")
permit (principal in Role::"customer", action in Action::"order-tools", resource is Order)
when { resource has owner && resource.owner == principal };

@id("support-reads-every-order")
permit (principal in Role::"support", action == Action::"orders/get_order", resource is Order);

@id("admins-search-customers")
permit (principal in Role::"admin", action == Action::"orders/search_customers", resource is Tool);

@id("wildcard-argument") @hard @advice("Name one order.")
forbid (principal, action in Action::"order-tools", resource)
when { !context.facts.wildcards.isEmpty() };

@id("bulk-argument") @hard @advice("One order at a time.")
forbid (principal, action in Action::"order-tools", resource)
when { context.facts.bulk > 1 };

@id("unbounded-query") @hard @advice("Say exactly which order you mean.")
forbid (principal, action in Action::"order-tools", resource)
when { !context.facts.unbounded.isEmpty() };

@id("cancelling-needs-the-customers-yes") @confirm("self")
@ask("Cancel order {order_id} ({Order.items} items, {Order.total} {Order.currency})?")
forbid (principal, action == Action::"orders/cancel_order", resource);

@id("refunds-over-100-need-two-of-finance") @confirm("2 of finance") @ask("Refund {amount} EUR of order {order_id}?")
forbid (principal, action == Action::"orders/refund_order", resource)
when { context.arguments.amount.greaterThan(decimal("100.00")) };
`;

export const text = { type: 'string' };
export const integer = { type: 'integer' };
export const number = { type: 'number' };

/** A closed object schema. */
export function object(properties: Record<string, JsonValue>, required = Object.keys(properties)): JsonObject {
  return { type: 'object', properties, required, additionalProperties: false };
}

interface ToolParts {
  readonly upstream?: string;
  readonly input?: JsonObject;
  readonly output?: JsonObject;
  readonly groups?: readonly string[];
  readonly resources?: CatalogTool['resources'];
}

/** An approved tool. */
export function tool(name: string, parts: ToolParts = {}): CatalogTool {
  const { upstream = 'orders', input = object({}), output, groups = [], resources = [] } = parts;
  const definition = { name, inputSchema: input, ...(output ? { outputSchema: output } : {}) };
  return {
    upstream,
    name,
    kind: 'tool',
    qualified: `${upstream}__${name}`,
    state: 'approved',
    definition,
    digest: 'sha256:x',
    offered: definition,
    effect: 'write',
    destructive: true,
    groups,
    resources,
    values: [],
    undeclared: [],
    errors: 'mask',
    checkInput: () => [],
    fit: (args) => ({ arguments: args, leftOut: 0 }),
    checkOutput: null,
  };
}

const order: CatalogTool['resources'][number] = {
  argument: '/order_id',
  type: 'Order',
  resolver: {
    tool: 'get_order',
    argument: 'order_id',
    owner: '/structuredContent/customer',
    version: '/structuredContent/updated_at',
    attributes: {
      items: '/structuredContent/items',
      total: '/structuredContent/total',
      currency: '/structuredContent/currency',
    },
    ttl: 10_000,
    timeout: 2_000,
  },
};
const groups = ['order-tools'];
const output = object({ customer: text, updated_at: text, items: integer, total: number, currency: text });

export const getOrder = tool('get_order', { input: object({ order_id: text }), output, groups, resources: [order] });
export const cancelOrder = tool('cancel_order', { input: object({ order_id: text }), groups, resources: [order] });
export const cancelOrders = tool('cancel_orders', {
  input: object({ order_ids: { type: 'array', items: text } }),
  groups,
  resources: [{ ...order, argument: '/order_ids/*' }],
});
export const refundOrder = tool('refund_order', {
  input: object({ order_id: text, amount: number, reason: text }, ['order_id', 'amount']),
  groups,
  resources: [order],
});
export const searchCustomers = tool('search_customers', { input: object({ query: text }) });
export const SHOP_TOOLS = [getOrder, cancelOrder, cancelOrders, refundOrder, searchCustomers];

/** An order as its resolver describes it. */
export function orderOf(owner: string | null, id = '1001'): ResourceFact {
  const attributes = { items: 2, total: 59.9, currency: 'EUR' };
  const status = owner === null ? 'unresolved' : 'resolved';
  return { type: 'Order', id, pointer: '/order_id', status, owner, version: null, attributes: owner ? attributes : {} };
}

/** Facts about a harmless call. */
export function factsOf(resources: readonly ResourceFact[], more: Partial<Facts> = {}): Facts {
  return { bulk: 1, wildcards: [], unbounded: [], bytes: 20, depth: 1, resources, ...more };
}

/** Alice, a customer, calls a tool about her order 1001. */
export function request(asked: CatalogTool, more: Partial<AccessRequest> = {}): AccessRequest {
  return {
    subject: { id: 'alice', issuer: 'test', roles: ['customer'] },
    agent: 'claude',
    action: 'tools/call',
    tool: asked,
    arguments: { order_id: '1001' },
    facts: factsOf([orderOf('alice')]),
    ...more,
  };
}
