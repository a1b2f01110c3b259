// @ts-check
/**
 * Makes the shop's database: `node make-shop.mjs [file]`. The orders server calls it on its first start.
 * Two processes may start at once: each builds a private file, and the first to link it under the real name wins,
 * so nobody ever opens a half-made shop or has an open one replaced beneath it.
 */
import { existsSync, linkSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { shopRows } from './shop-rows.mjs';

/** Money is kept in cents. There is no `ledger_xxx`: a refund of an order in XXX fails, which the demo needs. */
const SCHEMA = `
CREATE TABLE customers (id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL) STRICT;
CREATE TABLE orders (
  id TEXT PRIMARY KEY, customer TEXT NOT NULL REFERENCES customers (id),
  status TEXT NOT NULL CHECK (status IN ('open', 'shipped', 'cancelled')), currency TEXT NOT NULL,
  note TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL) STRICT;
CREATE INDEX orders_of_customer ON orders (customer);
CREATE TABLE items (
  order_id TEXT NOT NULL REFERENCES orders (id), line INTEGER NOT NULL, sku TEXT NOT NULL, name TEXT NOT NULL,
  quantity INTEGER NOT NULL CHECK (quantity > 0), price INTEGER NOT NULL, PRIMARY KEY (order_id, line)) STRICT;
CREATE TABLE refunds (
  id INTEGER PRIMARY KEY, order_id TEXT NOT NULL REFERENCES orders (id),
  amount INTEGER NOT NULL CHECK (amount > 0), reason TEXT NOT NULL, created_at TEXT NOT NULL) STRICT;
CREATE TABLE ledger_eur (id INTEGER PRIMARY KEY, order_id TEXT NOT NULL, amount INTEGER NOT NULL, booked_at TEXT NOT NULL) STRICT;
CREATE TABLE exports (
  id INTEGER PRIMARY KEY, customer TEXT NOT NULL REFERENCES customers (id), email TEXT NOT NULL,
  orders INTEGER NOT NULL, created_at TEXT NOT NULL) STRICT;
`;

/** @param {DatabaseSync} db @param {import('./shop-rows.mjs').ShopRows} rows */
function insert(db, { customers, orders, refunds }) {
  const customer = db.prepare('INSERT INTO customers VALUES (?, ?, ?)');
  const order = db.prepare('INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?)');
  const item = db.prepare('INSERT INTO items VALUES (?, ?, ?, ?, ?, ?)');
  const refund = db.prepare('INSERT INTO refunds (order_id, amount, reason, created_at) VALUES (?, ?, ?, ?)');
  const booking = db.prepare('INSERT INTO ledger_eur (order_id, amount, booked_at) VALUES (?, ?, ?)');
  for (const row of customers) customer.run(row.id, row.name, row.email);
  for (const row of orders) {
    order.run(row.id, row.customer, row.status, row.currency, row.note, row.at, row.at);
    row.items.forEach((line, n) => item.run(row.id, n + 1, line.sku, line.name, line.quantity, line.price));
  }
  for (const row of refunds) {
    refund.run(row.order, row.amount, row.reason, row.at);
    booking.run(row.order, -row.amount, row.at);
  }
}

/**
 * Puts a file under its final name unless that name is taken.
 * @param {string} made
 * @param {string} file
 */
function claim(made, file) {
  try {
    linkSync(made, file);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
  }
}

/**
 * Makes the shop at `file` unless it is there already.
 * @param {string} file path of the SQLite database; its folder is made when absent
 * @param {number} [seed]
 * @returns {boolean} false when the shop was there before
 * @throws when the folder can't be written
 */
export function makeShop(file, seed) {
  if (existsSync(file)) return false;
  mkdirSync(dirname(file), { recursive: true });
  const made = `${file}.${process.pid}.tmp`;
  rmSync(made, { force: true });
  try {
    const db = new DatabaseSync(made);
    db.exec(`BEGIN;${SCHEMA}`);
    insert(db, shopRows(seed));
    db.exec('COMMIT');
    db.close();
    claim(made, file);
  } finally {
    rmSync(made, { force: true });
  }
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = process.argv[2] ?? fileURLToPath(new URL('data/shop.db', import.meta.url));
  console.log(makeShop(file) ? `made ${file}` : `${file} is there already`);
}
