// @ts-check
/**
 * What the orders server offers: every tool with its JSON Schemas (2020-12) and hints.
 * An order id may hold `*` as far as this server is concerned: like many real servers it leaves that to somebody else.
 */

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
const orderId = {
  type: 'string',
  description: 'Number of the order, for example 1001',
  minLength: 1,
  maxLength: 20,
  pattern: '^[0-9A-Za-z*_-]+$',
};
const customer = {
  type: 'string',
  description: 'Id of the customer, for example alice',
  minLength: 1,
  maxLength: 64,
  pattern: '^[a-z][a-z0-9._-]*$',
};
const email = {
  type: 'string',
  description: 'Address that the export is sent to',
  minLength: 3,
  maxLength: 254,
  pattern: '^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+$',
};
const status = { type: 'string', enum: ['open', 'shipped', 'cancelled'] };
const time = { type: 'string', maxLength: 24, pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,12}Z$' };
const currency = { type: 'string', pattern: '^[A-Z]{3}$' };
const money = { type: 'number', minimum: 0, description: 'Two decimals' };
const count = { type: 'integer', minimum: 0 };
/** @param {number} maxLength */
const text = (maxLength) => ({ type: 'string', maxLength });
/** @param {object} items @param {number} maxItems */
const list = (items, maxItems) => ({ type: 'array', items, maxItems });

/**
 * A closed object.
 * @param {Record<string, object>} properties
 * @param {string[]} [optional] names that may be absent
 */
function object(properties, optional = []) {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required, additionalProperties: false };
}

/** @param {ReturnType<typeof object>} schema */
const root = (schema) => ({ $schema: DIALECT, ...schema });

const reads = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };
const destroys = { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false };
const sendsOut = { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true };

const item = object({ sku: text(40), name: text(200), quantity: count, price: money });
const orderLine = object({ order_id: orderId, status, total: money, currency, items: count, updated_at: time });
const order = object({
  order_id: orderId,
  customer,
  status,
  total: money,
  refunded: money,
  currency,
  items: list(item, 100),
  summary: text(80),
  note: text(2000),
  created_at: time,
  updated_at: time,
});

export const ORDER_TOOLS = [
  {
    name: 'list_orders',
    title: 'List orders',
    description: 'Lists the orders of one customer, newest first.',
    inputSchema: root(object({ customer })),
    outputSchema: root(object({ customer, updated_at: time, orders: list(orderLine, 200) })),
    annotations: reads,
  },
  {
    name: 'get_order',
    title: 'Read an order',
    description: 'Reads one order with its items, its total and the note that the customer left.',
    inputSchema: root(object({ order_id: orderId })),
    outputSchema: root(order),
    annotations: reads,
  },
  {
    name: 'cancel_order',
    title: 'Cancel an order',
    description: 'Cancels one open order. This cannot be undone.',
    inputSchema: root(object({ order_id: orderId })),
    outputSchema: root(object({ order_id: orderId, customer, status, updated_at: time })),
    annotations: destroys,
  },
  {
    name: 'cancel_orders',
    title: 'Cancel several orders',
    description: 'Cancels every open order of a list. This cannot be undone.',
    inputSchema: root(object({ order_ids: { ...list(orderId, 100), minItems: 1 } })),
    outputSchema: root(
      object({
        cancelled: list(orderId, 100),
        refused: list(object({ order_id: orderId, reason: text(200) }), 100),
      }),
    ),
    annotations: destroys,
  },
  {
    name: 'refund_order',
    title: 'Refund an order',
    description: 'Pays back an amount in EUR, at most what was paid and not yet refunded.',
    inputSchema: root(
      object(
        {
          order_id: orderId,
          amount: { type: 'number', exclusiveMinimum: 0, maximum: 100_000, description: 'EUR, two decimals' },
          reason: text(200),
        },
        ['reason'],
      ),
    ),
    outputSchema: root(
      object({
        refund_id: count,
        order_id: orderId,
        customer,
        amount: money,
        currency,
        refunded: money,
        updated_at: time,
      }),
    ),
    annotations: destroys,
  },
  {
    name: 'search_customers',
    title: 'Search customers',
    description: 'Finds customers by a part of their name, id or address; at most 20.',
    inputSchema: root(object({ query: { ...text(80), minLength: 2 } })),
    outputSchema: root(object({ customers: list(object({ customer, name: text(200), email: text(254) }), 20) })),
    annotations: reads,
  },
  {
    name: 'export_orders',
    title: 'Export orders',
    description: 'Sends all orders of one customer to an e-mail address.',
    inputSchema: root(object({ customer, email })),
    outputSchema: root(object({ export_id: count, customer, email, orders: count })),
    annotations: sendsOut,
  },
];
