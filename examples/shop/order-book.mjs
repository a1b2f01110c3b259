// @ts-check
/** The orders server's work on its database. Refusals are thrown as `OrderRefused`; everything else is a fault. */

/** @typedef {import('node:sqlite').DatabaseSync} DatabaseSync */
/** @typedef {{ tool: string, order: string, time: string, amount?: number }} Effect amount in EUR */
/** @typedef {{ db: DatabaseSync, now: () => Date, effect: (effect: Effect) => void }} OrderBookParts */
/** @typedef {Record<string, unknown>} Row */

/** A request that the shop turns down; the message is meant for the caller. */
export class OrderRefused extends Error {
  code = 'order_refused';
}

/** @param {number} cents */
const euros = (cents) => cents / 100;

/** @param {number} amount EUR @returns {number} cents */
function cents(amount) {
  const whole = Math.round(amount * 100);
  if (whole < 1 || Math.abs(whole - amount * 100) > 1e-6)
    throw new OrderRefused('amount must have at most two decimals.');
  return whole;
}

/** The time of a change is also the order's version, so it must move even within one millisecond. @param {Date} now @param {string} before */
const after = (now, before) => new Date(Math.max(now.getTime(), Date.parse(before) + 1)).toISOString();

/** @param {number} n @param {string} word */
const counted = (n, word) => `${n} ${word}${n === 1 ? '' : 's'}`;

/** @template T @param {DatabaseSync} db @param {() => T} work @returns {T} */
function atomically(db, work) {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}

/** @param {DatabaseSync} db @param {string} id @returns {Row} */
function orderRow(db, id) {
  const row = db.prepare('SELECT * FROM orders WHERE id = ?').get(id);
  if (!row) throw new OrderRefused(`There is no order ${id}.`);
  return row;
}

/** @param {DatabaseSync} db @param {string} id */
function mustBeCustomer(db, id) {
  if (!db.prepare('SELECT 1 FROM customers WHERE id = ?').get(id))
    throw new OrderRefused(`There is no customer ${id}.`);
}

/** @param {DatabaseSync} db @param {string} sql @param {string} id @returns {number} */
const scalar = (db, sql, id) => Number(db.prepare(sql).get(id)?.n);

/** @param {DatabaseSync} db @param {string} id @returns {{ total: number, refunded: number }} cents */
const sums = (db, id) => ({
  total: scalar(db, 'SELECT coalesce(sum(quantity * price), 0) AS n FROM items WHERE order_id = ?', id),
  refunded: scalar(db, 'SELECT coalesce(sum(amount), 0) AS n FROM refunds WHERE order_id = ?', id),
});

/** @param {OrderBookParts} parts @param {{ customer: string }} args @returns {Row} */
function listOrders({ db }, { customer }) {
  mustBeCustomer(db, customer);
  const rows = db.prepare('SELECT * FROM orders WHERE customer = ? ORDER BY created_at DESC, id DESC').all(customer);
  const orders = rows.map(({ id, status, currency, updated_at }) => {
    const items = scalar(db, 'SELECT count(*) AS n FROM items WHERE order_id = ?', String(id));
    return { order_id: id, status, total: euros(sums(db, String(id)).total), currency, items, updated_at };
  });
  const latest = rows
    .map((row) => String(row.updated_at))
    .sort()
    .at(-1);
  return { customer, updated_at: latest ?? new Date(0).toISOString(), orders };
}

/** @param {OrderBookParts} parts @param {{ order_id: string }} args @returns {Row} */
function getOrder({ db }, { order_id }) {
  const { customer, status, currency, note, created_at, updated_at } = orderRow(db, order_id);
  const lines = db
    .prepare('SELECT sku, name, quantity, price FROM items WHERE order_id = ? ORDER BY line')
    .all(order_id);
  const items = lines.map((line) => ({ ...line, price: euros(Number(line.price)) }));
  const { total, refunded } = sums(db, order_id);
  const summary = `${counted(items.length, 'item')}, ${euros(total).toFixed(2)} ${currency}`;
  const paid = { total: euros(total), refunded: euros(refunded), currency };
  return { order_id, customer, status, ...paid, items, summary, note, created_at, updated_at };
}

/** Runs inside a transaction of the caller. @param {OrderBookParts} parts @param {string} id @param {string} tool @returns {Row} */
function cancel({ db, now, effect }, id, tool) {
  const { customer, status, updated_at: before } = orderRow(db, id);
  if (status === 'cancelled') throw new OrderRefused(`Order ${id} is cancelled already.`);
  if (status !== 'open') throw new OrderRefused(`Order ${id} is ${status} and can't be cancelled any more.`);
  const time = after(now(), before);
  db.prepare(`UPDATE orders SET status = 'cancelled', updated_at = ? WHERE id = ?`).run(time, id);
  effect({ tool, order: id, time });
  return { order_id: id, customer, status: 'cancelled', updated_at: time };
}

/** @param {OrderBookParts} parts @param {{ order_ids: string[] }} args @returns {Row} */
function cancelEach(parts, { order_ids }) {
  /** @type {string[]} */ const cancelled = [];
  /** @type {Row[]} */ const refused = [];
  for (const id of new Set(order_ids)) {
    try {
      cancelled.push(cancel(parts, id, 'cancel_orders').order_id);
    } catch (error) {
      if (!(error instanceof OrderRefused)) throw error;
      refused.push({ order_id: id, reason: error.message });
    }
  }
  return { cancelled, refused };
}

/** @param {OrderBookParts} parts @param {{ order_id: string, amount: number, reason?: string }} args @returns {Row} */
function refund({ db, now, effect }, { order_id, amount, reason = '' }) {
  const { customer, currency, updated_at: before } = orderRow(db, order_id);
  const { total, refunded } = sums(db, order_id);
  const back = cents(amount);
  const left = euros(total - refunded).toFixed(2);
  if (back > total - refunded) throw new OrderRefused(`Only ${left} EUR of order ${order_id} can be refunded.`);
  const time = after(now(), before);
  const { lastInsertRowid } = db
    .prepare('INSERT INTO refunds (order_id, amount, reason, created_at) VALUES (?, ?, ?, ?)')
    .run(order_id, back, reason, time);
  book(db, { currency, order_id, amount: -back, time });
  db.prepare('UPDATE orders SET updated_at = ? WHERE id = ?').run(time, order_id);
  effect({ tool: 'refund_order', order: order_id, time, amount: euros(back) });
  const sum = { amount: euros(back), currency, refunded: euros(refunded + back) };
  return { refund_id: Number(lastInsertRowid), order_id, customer, ...sum, updated_at: time };
}

/**
 * Books into the ledger of the order's currency. A currency without a ledger is a fault, kept on purpose (see
 * make-shop.mjs), and like many servers in the wild this one puts its SQL into the error.
 * @param {DatabaseSync} db
 * @param {{ currency: string, order_id: string, amount: number, time: string }} booking amount in cents
 */
function book(db, { currency, order_id, amount, time }) {
  const sql = `INSERT INTO ledger_${currency.toLowerCase()} (order_id, amount, booked_at) VALUES ('${order_id}', ${amount}, '${time}')`;
  try {
    db.exec(sql);
  } catch (cause) {
    throw new Error(`SQL error: ${/** @type {Error} */ (cause).message} in: ${sql}`, { cause });
  }
}

const SEARCH = String.raw`SELECT id AS customer, name, email FROM customers
  WHERE id LIKE ?1 ESCAPE '\' OR name LIKE ?1 ESCAPE '\' OR email LIKE ?1 ESCAPE '\' ORDER BY id LIMIT 20`;

/** @param {OrderBookParts} parts @param {{ query: string }} args @returns {Row} */
function searchCustomers({ db }, { query }) {
  const rows = db.prepare(SEARCH).all(`%${query.replace(/[\\%_]/g, '\\$&')}%`);
  return { customers: rows.map((row) => ({ ...row })) };
}

/** @param {OrderBookParts} parts @param {{ customer: string, email: string }} args @returns {Row} */
function exportOrders({ db, now, effect }, { customer, email }) {
  mustBeCustomer(db, customer);
  const orders = scalar(db, 'SELECT count(*) AS n FROM orders WHERE customer = ?', customer);
  const time = now().toISOString();
  const { lastInsertRowid } = db
    .prepare('INSERT INTO exports (customer, email, orders, created_at) VALUES (?, ?, ?, ?)')
    .run(customer, email, orders, time);
  effect({ tool: 'export_orders', order: customer, time });
  return { export_id: Number(lastInsertRowid), customer, email, orders };
}

/**
 * Opens the book over an open database.
 * `effect` is called inside the transaction, as its last step: a crash can leave a line too many, never one too few.
 * @param {OrderBookParts} parts
 * @returns one function per tool, named as the tool; arguments fit its input schema
 */
export const orderBook = (parts) => ({
  list_orders: (args) => listOrders(parts, args),
  get_order: (args) => getOrder(parts, args),
  cancel_order: ({ order_id }) => atomically(parts.db, () => cancel(parts, order_id, 'cancel_order')),
  cancel_orders: (args) => atomically(parts.db, () => cancelEach(parts, args)),
  refund_order: (args) => atomically(parts.db, () => refund(parts, args)),
  search_customers: (args) => searchCustomers(parts, args),
  export_orders: (args) => atomically(parts.db, () => exportOrders(parts, args)),
});
