import { admin } from './admin.ts';
import { connect } from './clients.ts';
import { callTool, type Decision, send, modernHeaders } from './raw-client.ts';

/** An instance that serves the shop, in whatever wiring. */
export interface ServedShop {
  readonly url: string;
}

/** What somebody was told, without ids. */
export interface Told {
  readonly step: string;
  readonly decision: string;
  readonly reason: string;
}

/** What people are told, step by step, in every wiring. */
export const shopStory: readonly Told[] = [
  { step: 'a tool that nobody offers', decision: 'error', reason: '' },
  { step: 'a tool that is hidden', decision: 'error', reason: '' },
  { step: 'arguments against the schema', decision: 'deny', reason: 'invalid_arguments' },
  { step: 'a member twice', decision: 'error', reason: '' },
  { step: 'somebody else’s order', decision: 'deny', reason: 'not_owner' },
  { step: 'an order that is not there', decision: 'deny', reason: 'object_unresolved' },
  { step: 'a wildcard', decision: 'deny', reason: 'wildcard_argument' },
  { step: 'many at once', decision: 'deny', reason: 'bulk_argument' },
  { step: 'the own order', decision: 'allow', reason: 'allowed' },
  { step: 'the own list', decision: 'allow', reason: 'allowed' },
  { step: 'customers, by support', decision: 'allow', reason: 'allowed' },
  { step: 'an answer that is an error', decision: 'allow', reason: 'allowed' },
  { step: 'a no', decision: 'deny', reason: 'rejected' },
  { step: 'a yes', decision: 'allow', reason: 'allowed' },
  { step: 'a refund', decision: 'hold', reason: 'approval_required' },
  { step: 'a refund', decision: 'allow', reason: 'allowed' },
  { step: 'a refund', decision: 'hold', reason: 'approval_required' },
  { step: 'the same again, 1', decision: 'allow', reason: 'allowed' },
  { step: 'the same again, 2', decision: 'allow', reason: 'allowed' },
  { step: 'the same again, 3', decision: 'allow', reason: 'allowed' },
  { step: 'the same again, 4', decision: 'deny', reason: 'repeated_call' },
];

type Step = readonly [step: string, user: string, tool: string, args: Record<string, unknown> | string];

const refusals: readonly Step[] = [
  ['a tool that nobody offers', 'dev-alice', 'orders__no_such_tool', {}],
  ['a tool that is hidden', 'dev-alice', 'orders__export_orders', { customer: 'alice', email: 'a@shop.example' }],
  ['arguments against the schema', 'dev-alice', 'orders__get_order', { order_id: '1; drop table orders' }],
  ['a member twice', 'dev-alice', 'orders__get_order', '{"order_id":"1001","order_id":"2001"}'],
  ['somebody else’s order', 'dev-alice', 'orders__get_order', { order_id: '2001' }],
  ['an order that is not there', 'dev-alice', 'orders__get_order', { order_id: '99999' }],
  ['a wildcard', 'dev-alice', 'orders__cancel_order', { order_id: '*' }],
  ['many at once', 'dev-alice', 'orders__cancel_orders', { order_ids: ['1001', '1002', '1003'] }],
];

const allowed: readonly Step[] = [
  ['the own order', 'dev-alice', 'orders__get_order', { order_id: '1001' }],
  ['the own list', 'dev-bob', 'orders__list_orders', { customer: 'bob' }],
  ['customers, by support', 'dev-erin', 'orders__search_customers', { query: 'al' }],
  ['an answer that is an error', 'dev-alice', 'files__read_text_file', { path: '/nowhere/at/all' }],
];

/** The same calls, votes and refused requests over any instance that serves the shop, one after the other. */
export async function playShop({ url }: ServedShop): Promise<readonly Told[]> {
  const sallyport = { port: Number(new URL(url).port) };
  const told: Told[] = [];
  const tell = (step: string, meta: Decision | undefined): void =>
    void told.push({ step, decision: meta?.decision ?? 'error', reason: meta?.reason ?? '' });
  const call = async ([step, user, tool, args]: Step): Promise<Decision | undefined> => {
    const { meta } = await callTool(sallyport, user, [tool, args as never]);
    tell(step, meta);
    return meta;
  };

  for (const step of [...refusals, ...allowed]) await call(step);
  await asked(url, tell);
  await held(sallyport, call);
  await repeated(call);
  await send(sallyport, { headers: modernHeaders('dev-alice', 'tools/call', 'x'), body: '{"jsonrpc":"2.0",' });
  return told;
}

/** The caller says no, then yes, in the client. */
async function asked(url: string, tell: (step: string, meta: Decision | undefined) => void): Promise<void> {
  const client = await connect('v2 modern', url, 'dev-alice', { says: [false, true] });
  for (const [step, order_id] of [
    ['a no', '1002'],
    ['a yes', '1003'],
  ] as const)
    tell(step, (await client.call('orders__cancel_order', { order_id })).meta);
  await client.close();
}

type Call = (step: Step) => Promise<Decision | undefined>;

/** A refund that two people of finance have to confirm: held, voted on, sent again, and held again. */
async function held(sallyport: { readonly port: number }, call: Call): Promise<void> {
  const refund: Step = ['a refund', 'dev-bob', 'orders__refund_order', { order_id: '2001', amount: 150 }];
  const approval = (await call(refund))?.approval ?? '';
  for (const person of ['dev-bob', 'dev-frank', 'dev-grace'])
    await admin(sallyport, person, ['POST', `/approvals/${approval}/votes`], { answer: 'approve' });
  await call(refund);
  await call(refund);
}

/** The same read again and again. */
async function repeated(call: Call): Promise<void> {
  for (let times = 1; times <= 4; times += 1)
    await call([`the same again, ${times}`, 'dev-bob', 'orders__get_order', { order_id: '2002' }]);
}
