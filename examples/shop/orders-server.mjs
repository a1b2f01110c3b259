// @ts-check
/**
 * The shop's MCP server over stdio: `node orders-server.mjs [database]`.
 * It knows nothing of users, rights or limits, on purpose: who may do what is the gateway's business.
 *
 * Environment: SHOP_DB is the database (an argument wins; default data/shop.db beside this file, made when absent).
 * SHOP_EFFECTS, when set, is a file that gets one JSON line for each state change.
 */
import { appendFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { Server } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/server/validators/ajv';
import { makeShop } from './make-shop.mjs';
import { OrderRefused, orderBook } from './order-book.mjs';
import { ORDER_TOOLS } from './order-tools.mjs';

const file = process.argv[2] ?? process.env.SHOP_DB ?? fileURLToPath(new URL('data/shop.db', import.meta.url));
const effects = process.env.SHOP_EFFECTS;

makeShop(file);
const db = new DatabaseSync(file, { timeout: 5000 });
const book = orderBook({
  db,
  now: () => new Date(),
  effect: (change) => effects && appendFileSync(effects, `${JSON.stringify(change)}\n`),
});

const schemas = new AjvJsonSchemaValidator();
const validators = new Map(
  ORDER_TOOLS.map(({ name, inputSchema }) => [name, schemas.getValidator(/** @type {any} */ (inputSchema))]),
);

/** @param {string} text @returns {import('@modelcontextprotocol/server').CallToolResult} */
const failed = (text) => ({ isError: true, content: [{ type: 'text', text }] });

/**
 * A refusal is told in a sentence. A fault is told with its stack, which is what careless servers do and what the
 * gateway in front must catch.
 * @param {unknown} error
 */
function told(error) {
  if (error instanceof OrderRefused) return failed(error.message);
  return failed(error instanceof Error ? (error.stack ?? error.message) : String(error));
}

/**
 * @param {string} name
 * @param {Record<string, unknown>} args
 * @returns {import('@modelcontextprotocol/server').CallToolResult}
 */
function callTool(name, args) {
  const work = Object.hasOwn(book, name) ? book[name] : undefined;
  const checked = validators.get(name)?.(args);
  if (!work || !checked) return failed(`Unknown tool: ${name}`);
  if (!checked.valid) return failed(`Invalid arguments: ${checked.errorMessage}`);
  try {
    const structuredContent = work(args);
    return { structuredContent, content: [{ type: 'text', text: JSON.stringify(structuredContent) }] };
  } catch (error) {
    return told(error);
  }
}

/** One instance per connection; both protocol eras are served from it. */
function ordersServer() {
  const server = new Server({ name: 'shop-orders', version: '1.0.0' }, { capabilities: { tools: {} } });
  server.setRequestHandler('tools/list', async () => ({ tools: /** @type {any} */ (ORDER_TOOLS) }));
  server.setRequestHandler('tools/call', async ({ params }) => callTool(params.name, params.arguments ?? {}));
  return server;
}

serveStdio(ordersServer, { onerror: (error) => console.error(error.message) });
