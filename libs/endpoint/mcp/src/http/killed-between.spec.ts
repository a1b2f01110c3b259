import { until } from '@sallyport/testing';
import { askedAt, type AskedAt } from '../testing/asked-at.ts';
import { type Answered, type RunningEndpoint, runEndpoint } from '../testing/running-endpoint.ts';

const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

/** What a client keeps from one message to the next. */
interface Kept {
  session: Record<string, string>;
  asked?: { readonly at: RunningEndpoint; readonly question: AskedAt };
  slow?: Promise<Answered | Error>;
  state?: string;
}
type Step = readonly [name: string, say: (run: RunningEndpoint, kept: Kept, isGone: Gone) => Promise<void>];
type Gone = (run: RunningEndpoint) => boolean;

const post = async (run: RunningEndpoint, { session }: Kept, message: object) =>
  (await run.send({ headers: { ...json, ...session }, body: JSON.stringify({ jsonrpc: '2.0', ...message }) })).status;

/** Opens a stream, and leaves it once it stands. */
async function opens(run: RunningEndpoint, init: RequestInit): Promise<void> {
  const leave = new AbortController();
  const response = await fetch(`http://127.0.0.1:${run.port}/mcp`, { ...init, signal: leave.signal });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  leave.abort();
}

async function isAnswered(run: RunningEndpoint, kept: Kept, isGone: Gone): Promise<void> {
  if (!kept.asked) throw new Error('not asked');
  const { at, question } = kept.asked;
  const result = { content: { type: 'text', text: 'mine' } };
  expect(await post(run, kept, { id: question.id, result })).toBe(202);
  if (!isGone(at)) return expect(await question.rest()).toContain('mine');
  await expect(question.rest()).rejects.toThrow();
  const headers = { accept: 'text/event-stream', ...kept.session, 'last-event-id': question.event };
  const { error } = (await run.send({ method: 'GET', headers })).json;
  expect(error?.message).toMatch(/may have been carried out/);
}

const uri = 'shop+file:///a';
const inSession =
  (method: string, params = {}) =>
  async (run: RunningEndpoint, { session }: Kept) =>
    expect((await run.legacy(method, params, session)).json.result).toBeDefined();
const LEGACY: Step[] = [
  ['initialize', async (run, kept) => void (kept.session = await run.open({ sampling: {} }))],
  [
    'initialized',
    async (run, kept) => expect(await post(run, kept, { method: 'notifications/initialized' })).toBe(202),
  ],
  ['stream', (run, { session }) => opens(run, { headers: { ...session, accept: 'text/event-stream' } })],
  ['list', inSession('tools/list')],
  ['call', inSession('tools/call', { name: 'shop__echo', arguments: {} })],
  ['ask', async (run, kept) => void (kept.asked = { at: run, question: await askedAt(run, kept.session) })],
  ['answer', isAnswered],
  ['call again', inSession('tools/call', { name: 'shop__echo', arguments: {} })],
  ['subscribe', inSession('resources/subscribe', { uri })],
  ['unsubscribe', inSession('resources/unsubscribe', { uri })],
  [
    'slow call',
    async (run, kept) => {
      const before = run.gateway.calls.length;
      kept.slow = run.legacy('tools/call', { name: 'shop__slow' }, kept.session).catch((error: Error) => error);
      await until(() => run.gateway.calls.length > before);
    },
  ],
  [
    'cancel',
    async (run, kept) => {
      const params = { requestId: 7 };
      expect(await post(run, kept, { method: 'notifications/cancelled', params })).toBe(202);
      await kept.slow;
    },
  ],
  ['list again', inSession('tools/list')],
  [
    'DELETE',
    async (run, { session }) => {
      expect((await run.send({ method: 'DELETE', headers: session })).status).toBe(204);
      expect((await run.legacy('ping', {}, session)).status).toBe(404);
    },
  ],
];

const isResult =
  (method: string, params = {}) =>
  async (run: RunningEndpoint) =>
    expect((await run.modern(method, params)).json.result).toBeDefined();
const capable = { capabilities: { elicitation: {} } };
const question = { name: 'shop__asks', arguments: { order: 1 } };
const LISTEN = {
  ...json,
  authorization: 'Bearer alice',
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': 'subscriptions/listen',
};
const _meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};
const listening = {
  jsonrpc: '2.0',
  id: 7,
  method: 'subscriptions/listen',
  params: { notifications: { toolsListChanged: true }, _meta },
};
const MODERN: Step[] = [
  ['discover', isResult('server/discover')],
  ['list', isResult('tools/list')],
  ['call', isResult('tools/call', { name: 'shop__echo', arguments: {} })],
  ['listen', (run) => opens(run, { method: 'POST', headers: LISTEN, body: JSON.stringify(listening) })],
  [
    'asked',
    async (run, kept) => {
      const { result } = (await run.modern('tools/call', question, capable)).json;
      kept.state = String(result?.['requestState']);
      expect(result?.['resultType']).toBe('input_required');
    },
  ],
  [
    'answer',
    async (run, { state = '' }) => {
      const inputResponses = { name: { action: 'accept', content: {} } };
      const { json: said } = await run.modern(
        'tools/call',
        { ...question, requestState: state, inputResponses },
        capable,
      );
      expect(said.result).toBeDefined();
      expect(run.gateway.continued).toHaveLength(1);
    },
  ],
  ['list again', isResult('tools/list')],
];

const gaps = (kind: string, script: Step[]) =>
  script.slice(1).map(([name], at) => ({ kind, script, gap: at + 1, after: script[at]?.[0], name }));

describe('a gateway that is killed between two messages of a client', () => {
  it.each([...gaps('2025-11-25', LEGACY), ...gaps('2026-07-28', MODERN)])(
    'is not missed, or says what is lost: $kind, after $after, before $name',
    async ({ script, gap }) => {
      const others = { tell: () => undefined, listen: () => undefined }; // the one that is gone hears nothing
      const [killed, left] = [await runEndpoint({ others }), await runEndpoint({ others })];
      for (const run of [killed, left]) run.gateway.tellsOfResources = true;
      const kept: Kept = { session: {} };
      try {
        for (const [, say] of script.slice(0, gap)) await say(killed, kept, () => false);
        await killed.close();
        for (const [, say] of script.slice(gap)) await say(left, kept, (run) => run === killed);
      } finally {
        if (killed.server.listening) await killed.close();
        // What waits in it would keep this process alive.
        await new Promise<void>((resolve) => killed.server.listen(killed.port, '127.0.0.1', resolve));
        await killed.send({ method: 'DELETE', headers: kept.session });
        await killed.close();
        await left.close();
      }
    },
  );
});
