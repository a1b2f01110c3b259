// Plays a customer, her agent and a curious neighbour against a running instance, line by line, with the SDK's own client.
// Each line says what happened and what should have; the exit code is 1 when the two differ anywhere.
import { parseArgs } from 'node:util';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import pc from 'picocolors';

const usage = 'npm run demo [-- --url <endpoint of a running instance>] [--era auto|legacy|modern]';
const values = options();
if (values.help) {
  console.log(usage);
  process.exit(0);
}

const decisionKey = 'dev.sallyport/decision';
const eras = { auto: 'auto', legacy: 'legacy', modern: { pin: '2026-07-28' } };
let wrong = 0;

/** What the command line says; one that can't be used ends the program with 2. */
function options() {
  try {
    return parseArgs({
      options: {
        url: { type: 'string', default: 'http://127.0.0.1:8787/mcp' },
        era: { type: 'string', default: 'auto' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    console.error(`${error.message}\n${usage}`);
    process.exit(2);
  }
}

/**
 * One line of the demo.
 *
 * @param {string | number} number
 * @param {string} what
 * @param {{ word: string, detail: string, ok: boolean }} outcome
 */
function line(number, what, { word, detail, ok }) {
  const colour =
    word === 'allowed' || word === 'sees' || word === 'answered' ? pc.green : word === 'held' ? pc.yellow : pc.red;
  console.log(`${String(number).padStart(2)} ${what.padEnd(52)} ${colour(word.padEnd(9))} ${detail}`);
  if (ok) return;
  wrong += 1;
  console.log(pc.bgRed(`   this is not what should have happened`));
}

/**
 * A client of one person. `answers` are what the person says when asked, in turn; afterwards the answer is no.
 *
 * @param {string} token
 * @param {boolean[]} answers
 */
async function connect(token, answers = []) {
  const asked = [];
  const client = new Client(
    { name: 'demo', version: '1' },
    { capabilities: { elicitation: { form: {} } }, versionNegotiation: { mode: eras[values.era] } },
  );
  client.setRequestHandler('elicitation/create', ({ params }) => {
    asked.push(params.message);
    return answers.shift() ? { action: 'accept', content: { confirm: true } } : { action: 'decline' };
  });
  const transport = new StreamableHTTPClientTransport(new URL(values.url), {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
  });
  await client.connect(transport);
  return { client, asked };
}

/**
 * Calls a tool of the shop and says what came of it.
 *
 * @param {Client} client
 * @param {string} tool
 * @param {Record<string, unknown>} args
 */
async function call(client, tool, args) {
  const started = performance.now();
  const result = await client.callTool({ name: `orders__${tool}`, arguments: args });
  const meta = result._meta?.[decisionKey] ?? {};
  const text = result.content?.[0]?.text ?? '';
  return { result, meta, text, ms: Math.round(performance.now() - started) };
}

const denied = ({ meta, text }, reason) => ({
  word: meta.decision === 'deny' ? 'denied' : String(meta.decision),
  detail: `${meta.reason}: "${text}"`,
  ok: meta.decision === 'deny' && meta.reason === reason,
});
const allowed = ({ meta, ms, result }, more = '') => ({
  word: meta.decision === 'allow' ? 'allowed' : String(meta.decision),
  detail: more || `${ms} ms`,
  ok: meta.decision === 'allow' && result.isError !== true,
});

async function play() {
  const alice = await connect('dev-alice', [true]);
  const erin = await connect('dev-erin');
  const { tools } = await alice.client.listTools();
  const hers = tools.filter(({ name }) => name.startsWith('orders__')).map(({ name }) => name.slice(8));
  const shop = new Set([
    ...hers,
    ...(await erin.client.listTools()).tools
      .map(({ name }) => name)
      .filter((name) => name.startsWith('orders__'))
      .map((name) => name.slice(8)),
  ]);
  line(1, 'alice lists tools', {
    word: 'sees',
    detail: `${hers.length} of ${shop.size} of the shop’s (the rest is not hers to call)`,
    ok: hers.length === 5 && shop.size === 7 && !hers.includes('export_orders'),
  });

  line(2, 'alice reads her order 1001', allowed(await call(alice.client, 'get_order', { order_id: '1001' })));
  line(
    3,
    'alice reads order 2001, which is bob’s',
    denied(await call(alice.client, 'get_order', { order_id: '2001' }), 'not_owner'),
  );

  const list = await call(alice.client, 'list_orders', { customer: 'alice' });
  const orders = list.result.structuredContent?.orders ?? [];
  const open = orders.filter(({ status }) => status === 'open').map(({ order_id }) => order_id);
  line(
    4,
    '"cancel all my orders": order_id "*"',
    denied(await call(alice.client, 'cancel_order', { order_id: '*' }), 'wildcard_argument'),
  );
  line(
    '',
    '  … then cancel_orders with all her ids',
    denied(
      await call(alice.client, 'cancel_orders', { order_ids: orders.slice(0, 8).map(({ order_id }) => order_id) }),
      'bulk_argument',
    ),
  );
  line(
    5,
    'alice cancels order_id 7 (a number)',
    denied(await call(alice.client, 'cancel_order', { order_id: 7 }), 'invalid_arguments'),
  );
  await confirmOneByOne(alice, open);

  const failing = await call(alice.client, 'refund_order', { order_id: '1008', amount: 5 });
  line(8, 'an upstream fails with SQL in its error', {
    word: 'answered',
    detail: `"${failing.text}"`,
    ok:
      failing.result.isError === true &&
      !/ledger|select|update|insert|at .*:\d+/i.test(failing.text) &&
      typeof failing.meta.id === 'string',
  });
  await repeat(alice.client);
  await Promise.all([alice.client.close(), erin.client.close()]);
}

/** Cancelling asks her, through her own client; her yes is good for one call. */
async function confirmOneByOne(alice, [order]) {
  if (order === undefined) {
    console.log(
      pc.yellow(' 6 alice has no open order left: stop Sallyport, remove examples/shop/data and start again'),
    );
    wrong += 1;
    return;
  }
  const cancelled = await call(alice.client, 'cancel_order', { order_id: order });
  line(6, `alice cancels order ${order}`, {
    word: 'held',
    detail: `"${alice.asked[0]}" asked through her client`,
    ok: alice.asked.length === 1,
  });
  line(7, '  she says yes; the same call again', allowed(cancelled, 'approval used once'));
  const third = await call(alice.client, 'cancel_order', { order_id: order });
  line('', '  a further try is asked again; now she says no', {
    word: 'held',
    detail: `${third.meta.reason}: "${third.text}"`,
    ok: alice.asked.length === 2 && third.meta.decision !== 'allow',
  });
}

async function repeat(client) {
  const answers = [];
  for (let time = 0; time < 4; time += 1) answers.push(await call(client, 'get_order', { order_id: '1003' }));
  const last = answers[3];
  const before = answers.slice(0, 3).every(({ meta }) => meta.decision === 'allow' || meta.reason === 'repeated_call');
  const outcome = denied(last, 'repeated_call');
  line(9, 'alice repeats one call 4 times', { ...outcome, ok: outcome.ok && before });
}

try {
  await play();
} catch (error) {
  console.error(`The demo could not be played: ${error instanceof Error ? error.message : error}`);
  console.error(`Is Sallyport running? Start it in another terminal with: npm start (or: docker compose up -d --wait)`);
  process.exit(3);
}
console.log(
  wrong === 0
    ? pc.green('\nEverything went as it should.')
    : pc.red(`\n${wrong} ${wrong === 1 ? 'line' : 'lines'} went otherwise than they should.`),
);
process.exit(wrong === 0 ? 0 : 1);
