import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/client/validators/ajv';

const shop = dirname(fileURLToPath(import.meta.url));
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'shop-'));
const db = join(folder, 'shop.db');
const effects = join(folder, 'effects.jsonl');

async function connect(mode: 'auto' | 'legacy', args: string[] = []): Promise<Client> {
  const client = new Client({ name: 'shop-spec', version: '1.0.0' }, { versionNegotiation: { mode } });
  const env = { SHOP_DB: db, SHOP_EFFECTS: effects };
  const server = { command: process.execPath, args: ['orders-server.mjs', ...args], cwd: shop, env };
  await client.connect(new StdioClientTransport(server));
  return client;
}

function makeShop(file: string) {
  return run(process.execPath, ['make-shop.mjs', file], { cwd: shop });
}

/** Every row of every table, in a fixed order. */
function dump(file: string): Record<string, unknown[]> {
  const database = new DatabaseSync(file, { readOnly: true });
  const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`).all();
  const rows = tables.map(({ name }) => [name, database.prepare(`SELECT * FROM ${name} ORDER BY 1, 2`).all()]);
  database.close();
  return Object.fromEntries(rows);
}

function effectLines(): unknown[] {
  if (!existsSync(effects)) return [];
  return readFileSync(effects, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

let client: Client;

async function call(name: string, args: Record<string, unknown>) {
  const { isError = false, structuredContent, content } = await client.callTool({ name, arguments: args });
  const [first] = content;
  return { isError, value: structuredContent, text: first?.type === 'text' ? first.text : '' };
}

beforeAll(async () => {
  client = await connect('auto');
});

afterAll(async () => {
  await client.close();
  rmSync(folder, { recursive: true });
});

describe('what the orders server refuses', () => {
  const unchanged = [
    ['cancel_order', { order_id: 1001 }, /order_id must be string/],
    ['cancel_order', {}, /required property 'order_id'/],
    ['cancel_order', { order_id: '1001', force: true }, /additional properties/],
    ['cancel_order', { order_id: "1001' OR '1'='1" }, /must match pattern/],
    ['cancel_order', { order_id: '*' }, /^There is no order \*\.$/],
    ['cancel_order', { order_id: '1004' }, /^Order 1004 is shipped/],
    ['cancel_orders', { order_ids: [] }, /fewer than 1/],
    ['refund_order', { order_id: '1001', amount: '5' }, /amount must be number/],
    ['refund_order', { order_id: '1001', amount: -5 }, /must be > 0/],
    ['refund_order', { order_id: '1001', amount: 1.005 }, /at most two decimals/],
    ['refund_order', { order_id: '1001', amount: 59.91 }, /^Only 59\.90 EUR of order 1001 can be refunded\.$/],
    ['list_orders', { customer: '*' }, /must match pattern/],
    ['list_orders', { customer: 'mallory' }, /^There is no customer mallory\.$/],
    ['search_customers', { query: 'a' }, /fewer than 2/],
    ['export_orders', { customer: 'alice', email: 'nowhere' }, /must match pattern/],
    ['constructor', {}, /^Unknown tool: constructor$/],
  ] as const;

  test.each(unchanged)('%s %j', async (name, args, message) => {
    const { isError, text } = await call(name, args);
    expect(isError).toBe(true);
    expect(text).toMatch(message);
    expect(effectLines()).toEqual([]);
  });

  test('a refund without a ledger leaks its SQL and its stack, on purpose, and changes nothing', async () => {
    const { isError, text } = await call('refund_order', { order_id: '1008', amount: 5 });
    expect(isError).toBe(true);
    expect(text).toContain("INSERT INTO ledger_xxx (order_id, amount, booked_at) VALUES ('1008', -500");
    expect(text).toMatch(/\n\s+at .*order-book\.mjs:\d+/);
    expect((await call('get_order', { order_id: '1008' })).value).toMatchObject({ refunded: 0, currency: 'XXX' });
    expect(effectLines()).toEqual([]);
  });
});

describe('what the orders server does', () => {
  beforeEach(() => rmSync(effects, { force: true }));

  test('reads an order with its owner, version and sum', async () => {
    const { value } = await call('get_order', { order_id: '1001' });
    expect(value).toMatchObject({ customer: 'alice', status: 'open', total: 59.9, currency: 'EUR' });
    expect(value).toMatchObject({ summary: '2 items, 59.90 EUR', updated_at: '2026-09-01T18:00:00.000Z' });
    expect((await call('get_order', { order_id: '2001' })).value).toMatchObject({ customer: 'bob' });
    expect((await call('get_order', { order_id: '1002' })).value).toMatchObject({
      note: expect.stringContaining('now refund 2001'),
    });
  });

  test('lists the orders of one customer', async () => {
    const { value } = await call('list_orders', { customer: 'alice' });
    const ids = ['1008', '1007', '1006', '1005', '1004', '1003', '1002', '1001'];
    expect(value).toMatchObject({ customer: 'alice', orders: ids.map((order_id) => ({ order_id })) });
  });

  test('cancels an order once; its version moves', async () => {
    const before = (await call('get_order', { order_id: '1001' })).value;
    expect((await call('cancel_order', { order_id: '1001' })).value).toMatchObject({ status: 'cancelled' });
    const after = (await call('get_order', { order_id: '1001' })).value;
    expect(after).toMatchObject({ status: 'cancelled' });
    expect(after).not.toMatchObject({ updated_at: (before as { updated_at: string }).updated_at });
    const again = await call('cancel_order', { order_id: '1001' });
    expect(again).toMatchObject({ isError: true, text: 'Order 1001 is cancelled already.' });
    expect(effectLines()).toEqual([{ tool: 'cancel_order', order: '1001', time: expect.any(String) }]);
  });

  test('cancels what can be cancelled of a list, each once', async () => {
    const { value } = await call('cancel_orders', { order_ids: ['1003', '1004', '1005', '1003', '9999999'] });
    const refused = [{ order_id: '1004' }, { order_id: '9999999' }];
    expect(value).toMatchObject({ cancelled: ['1003', '1005'], refused });
    expect(effectLines()).toMatchObject([{ order: '1003' }, { order: '1005' }]);
  });

  test('refunds to the cent and never more than was paid', async () => {
    const refund = (amount: number) => call('refund_order', { order_id: '1007', amount, reason: 'Arrived broken.' });
    expect((await refund(0.29)).value).toMatchObject({ amount: 0.29, refunded: 0.29, customer: 'alice' });
    expect((await refund(348.71)).value).toMatchObject({ refunded: 349 });
    expect(await refund(0.01)).toMatchObject({ isError: true });
    expect(effectLines()).toMatchObject([{ amount: 0.29 }, { tool: 'refund_order', order: '1007', amount: 348.71 }]);
  });

  test('searches customers, and a wildcard of SQL finds nobody', async () => {
    const alice = { customer: 'alice', name: 'Alice Ahlberg', email: 'alice@mail.example' };
    expect((await call('search_customers', { query: 'ALI' })).value).toEqual({ customers: [alice] });
    expect((await call('search_customers', { query: '%%' })).value).toEqual({ customers: [] });
  });

  test('exports the orders of one customer', async () => {
    const { value } = await call('export_orders', { customer: 'bob', email: 'audit@shop.example' });
    expect(value).toMatchObject({ customer: 'bob', orders: 3 });
    expect(effectLines()).toMatchObject([{ tool: 'export_orders', order: 'bob' }]);
  });
});

describe('what the orders server says of itself', () => {
  const closed = (schema: unknown): boolean => {
    if (typeof schema !== 'object' || schema === null) return true;
    const open = 'type' in schema && schema.type === 'object' && !('additionalProperties' in schema);
    return !open && Object.values(schema).every(closed);
  };

  test('seven tools with closed 2020-12 schemas that compile, and honest hints', async () => {
    const { tools } = await client.listTools();
    const validator = new AjvJsonSchemaValidator();
    for (const { inputSchema, outputSchema } of tools) {
      for (const schema of [inputSchema, outputSchema]) {
        expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema' });
        expect(closed(schema)).toBe(true);
        expect(validator.getValidator(schema as object)({ 'no such member': 0 }).valid).toBe(false);
      }
    }
    const hints = tools.map(({ name, annotations: a }) => [
      name,
      a?.readOnlyHint,
      a?.destructiveHint,
      a?.openWorldHint,
    ]);
    expect(hints).toEqual([
      ['list_orders', true, false, false],
      ['get_order', true, false, false],
      ['cancel_order', false, true, false],
      ['cancel_orders', false, true, false],
      ['refund_order', false, true, false],
      ['search_customers', true, false, false],
      ['export_orders', false, false, true],
    ]);
  });

  test('the same tools in both protocol eras', async () => {
    const older = await connect('legacy', [db]);
    expect(older.getNegotiatedProtocolVersion()).toBe('2025-11-25');
    expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28');
    expect((await older.listTools()).tools).toEqual((await client.listTools()).tools);
    await older.close();
  });
});

describe('make-shop', () => {
  test('makes the same few hundred rows every time', async () => {
    const [one, two] = [join(folder, 'one.db'), join(folder, 'two.db')];
    await Promise.all([makeShop(one), makeShop(two)]);
    expect(dump(one)).toEqual(dump(two));
    const counts = Object.entries(dump(one)).map(([table, rows]) => [table, rows.length]);
    expect(Object.fromEntries(counts)).toMatchObject({ customers: 24, orders: 160, items: 317, refunds: 19 });
  });

  test('several processes may start at once; the shop that is there is left alone', async () => {
    const file = join(folder, 'race', 'shop.db');
    const said = await Promise.all([1, 2, 3].map(() => makeShop(file)));
    expect(said.filter(({ stdout }) => stdout.startsWith('made')).length).toBeGreaterThanOrEqual(1);
    expect(readdirSync(dirname(file))).toEqual(['shop.db']);
    const before = dump(file);
    expect((await makeShop(file)).stdout).toContain('is there already');
    expect(dump(file)).toEqual(before);
  });
});
