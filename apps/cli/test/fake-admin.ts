import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const TOKEN = 'operator-token';
export const callId = '01JTEST0000000000000000001';

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
  readonly lastEventId: string | undefined;
}

export interface FakeAdmin {
  readonly url: string;
  readonly port: number;
  readonly asked: Asked[];
  /** Writes to every open feed. */
  send(event: object, id: string): void;
  /** Cuts every open feed. */
  cut(): void;
  close(): Promise<void>;
}

const offered = `sha256:${'b'.repeat(43)}`;
const definitions = [
  {
    upstream: 'orders',
    kind: 'tool',
    tool: 'refund_order',
    state: 'drifted',
    approved: { name: 'refund_order', description: 'Refund.' },
    offered: { name: 'refund_order', description: 'Refund.\u202e And the \u001b[2Jkeys.' },
    offeredDigest: offered,
    warnings: ['holds invisible characters'],
    problem: null,
    leftOut: ['inputSchema/properties/to/pattern: it needs look-around'],
    effect: 'write',
    destructive: true,
    note: null,
  },
  {
    upstream: 'orders',
    kind: 'tool',
    tool: 'get_order',
    state: 'approved',
    approved: {},
    offered: {},
    offeredDigest: offered,
    warnings: [],
    problem: null,
    leftOut: [],
    effect: 'write',
    destructive: true,
    note: null,
  },
  {
    upstream: 'orders',
    kind: 'tool',
    tool: 'broken',
    state: 'unapproved',
    approved: null,
    offered: {},
    offeredDigest: offered,
    warnings: [],
    problem: 'bad schema',
    leftOut: [],
    effect: 'read',
    destructive: false,
    note: null,
  },
];

const approval = {
  id: 'A-17',
  tenant: 'shop',
  status: 'requested',
  upstream: 'orders',
  tool: 'cancel_order',
  requester: { subject: 'alice', issuer: 'development' },
  needs: [{ who: 'group', count: 2, group: 'finance', rule: 'x' }],
  votes: [],
  decideBy: 1,
};

export function decidedEvent(decision: string, sequence: number): object {
  const data = {
    tenant: 'shop',
    decision,
    reason: decision === 'deny' ? 'not_owner' : 'allowed',
    guard: 'authorization',
    subject: { ref: 'sub_9k', issuer: 'development' },
    agent: { ref: 'cli_2f', verified: false },
    upstream: 'orders',
    kind: 'tool',
    tool: 'get_order',
    resources: [{ type: 'Order', ref: 'res_1', owner: 'sub_4b', version: null, status: 'resolved' }],
    verdicts: [
      { guard: 'limits', effect: 'pass', limits: [{ id: 'user-rate', remaining: 19 }] },
      { guard: 'authorization', effect: decision, reason: 'not_owner', rules: ['own-orders'] },
    ],
    policy: offered,
    elapsed_us: 913,
  };
  return {
    type: 'dev.sallyport.call.decided.v1',
    id: `e${sequence}`,
    time: '2026-11-23T09:15:02.113Z',
    subject: `call/${callId}`,
    sequence: String(sequence).padStart(18, '0'),
    data,
  };
}

/** A question, an hour later than the decisions. */
export function asked(time = '2026-11-23T10:15:02.113Z'): object {
  const needs = [{ who: 'group', count: 2, group: 'finance', rule: 'x' }];
  const data = { approval: 'A-17', upstream: 'orders', tool: 'cancel_order', requester: { ref: 'sub_4b' }, needs };
  return { type: 'dev.sallyport.approval.requested.v1', id: 'e3', time, subject: 'approval/A-17', sequence: '3', data };
}

const story = {
  tenant: 'shop',
  callId,
  events: [
    decidedEvent('deny', 1),
    { type: 'dev.sallyport.call.not_run.v1', id: 'e2', subject: `call/${callId}`, data: { reason: 'cancelled' } },
  ],
  approvals: [],
  sealed: [{ event: 'e1', field: 'arguments', value: '{"order_id":"2001"}' }],
  names: { sub_9k: 'development|alice' },
};

const tenant = {
  id: 'acme',
  name: 'Acme',
  state: 'active',
  issuers: [{ issuer: 'https://login.acme.example' }],
  quotas: { calls: '600/min', concurrent: 4 },
  version: 1,
};
const connection = {
  ...{ tenant: 'shop', upstream: 'up', subject: 'sub_9k', name: 'development|alice', scopes: ['read'] },
  ...{ since: '2026-11-23T09:15:02.113Z', until: null, renewed: true },
};
const thrown = { what: 'tool', name: 'orders/cancel_ordr', of: null };

/** Answers of an instance by method and path; a pair is a status and a body. */
const answers: Readonly<Record<string, unknown>> = {
  [`GET /calls/${callId}`]: story,
  'GET /events': {
    ...{ tenant: 'shop', names: story.names, next: 3, more: false },
    events: [decidedEvent('allow', 1), decidedEvent('deny', 2), asked()],
  },
  [`GET /texts/${encodeURIComponent(offered)}`]: { digest: offered, text: '["permit (\\u001b[2J);\\n","forbid;"]' },
  'GET /approvals': { approvals: [approval] },
  'GET /approvals/A-17': {
    approval: { ...approval, callId },
    ask: 'Cancel order 1001?',
    arguments: { order_id: '1001' },
    objects: [{ type: 'Order', id: '1001', owner: 'al\u3164ice' }],
  },
  'POST /approvals/A-17/votes': [409, { error: 'vote_refused', message: 'Only finance may answer.', reference: 'r1' }],
  'GET /approvals/A-18': { approval: { ...approval, id: 'A-18' }, ask: 'Yes?', arguments: null },
  'POST /approvals/A-18/votes': { status: 'approved' },
  'GET /definitions': { definitions },
  'POST /definitions/orders/refund_order/approve': { approved: offered },
  'POST /definitions/orders/broken/approve': [409, { error: 'changed', message: 'It offers another copy now.' }],
  'GET /tenants': { tenants: [tenant] },
  'POST /tenants': tenant,
  'PATCH /tenants/acme': { ...tenant, state: 'suspended' },
  'PATCH /tenants/none': [404, { error: 'not_found', message: 'There is no onboarded tenant none.' }],
  'GET /switches': { switches: [{ ...thrown, reason: 'incident_7', since: '2026-11-23T09:15:02.113Z' }] },
  'PUT /switches/tool/orders%2Fcancel_ordr': { ...thrown, off: true, changed: true, known: false },
  'DELETE /switches/agent/https%3A%2F%2Fa.example': { ...thrown, off: false, changed: true, known: true },
  'GET /connections': { connections: [connection] },
  'DELETE /connections/up/sub_9k': { tenant: 'shop', upstream: 'up', subject: 'sub_9k' },
  'POST /check': {
    ok: false,
    findings: [
      { about: 'limits/user-rate', fires: true, detail: '', hint: '' },
      { about: 'limits/refunds', fires: false, detail: 'answered pass', hint: 'Set a budget.' },
    ],
  },
};

/** An instance's admin API without an instance. */
export async function startFakeAdmin(port = 0): Promise<FakeAdmin> {
  const asked: Asked[] = [];
  const feeds = new Set<ServerResponse>();
  const server = createServer((request, response) => void answer(request, response, { asked, feeds }));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${taken}`,
    port: taken,
    asked,
    send: (event, id) =>
      feeds.forEach((feed) => {
        const data = JSON.stringify({ tenant: 'shop', event, names: { sub_9k: 'development|alice' } });
        feed.write(`id: ${id}\ndata: ${data}\n\n`);
      }),
    cut: () => feeds.forEach((feed) => feed.destroy()),
    close: () => closed(server),
  };
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

interface State {
  readonly asked: Asked[];
  readonly feeds: Set<ServerResponse>;
}

async function answer(request: IncomingMessage, response: ServerResponse, { asked, feeds }: State): Promise<void> {
  const { method = '', url = '', headers } = request;
  const lastEventId = headers['last-event-id']?.toString();
  asked.push({ method, url, body: await bodyOf(request), lastEventId });
  const path = url.replace('/admin/v1', '').replace(/\?.*/, '');
  if (headers.authorization !== `Bearer ${TOKEN}`) return reply(response, wrongToken);
  if (path !== '/events/stream') return reply(response, answers[`${method} ${path}`] ?? nothing);
  response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': following\n\n');
  feeds.add(response.on('close', () => feeds.delete(response)));
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text === '' ? null : JSON.parse(text);
}

const wrongToken = [401, { error: 'invalid_token', message: 'The token is not valid.' }];
const nothing = [404, { error: 'not_found', message: 'There is nothing here.', reference: 'r0' }];

function reply(response: ServerResponse, answered: unknown): void {
  const [status, body] = Array.isArray(answered) ? (answered as [number, object]) : [200, answered];
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
