import { request } from 'node:http';
import { until } from '@sallyport/testing';
import { askedAt } from '../testing/asked-at.ts';
import { type RunningEndpoint, runEndpoint } from '../testing/running-endpoint.ts';

const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const notification = (method: string, params: object) => JSON.stringify({ jsonrpc: '2.0', method, params });
const cancel = notification('notifications/cancelled', { requestId: 7 });
const answerTo = (id: unknown, text: string) =>
  JSON.stringify({ jsonrpc: '2.0', id, result: { content: { type: 'text', text } } });

/** Gateways that hear each other, as those of one instance do. */
async function startGateways(count: number) {
  const listeners = Array.from({ length: count }, (): ((text: string, from: number) => void)[] => []);
  const told: string[] = [];
  const gateways = await Promise.all(
    Array.from({ length: count }, (_, own) =>
      runEndpoint({
        others: {
          tell(text, to) {
            told.push(text);
            for (const [at, hearing] of listeners.entries())
              if (at !== own && (to ?? at) === at)
                setImmediate(() => {
                  for (const hear of hearing) hear(text, own);
                });
          },
          listen: (hear) => void listeners[own]?.push(hear),
        },
      }),
    ),
  );
  return { gateways: gateways as [RunningEndpoint, RunningEndpoint], told };
}

describe('what a client says at one gateway of what runs at another', () => {
  let one: RunningEndpoint;
  let other: RunningEndpoint;
  let told: string[];
  beforeEach(async () => {
    ({
      gateways: [one, other],
      told,
    } = await startGateways(2));
  });
  afterEach(async () => {
    await Promise.all([one.close(), other.close()]);
  });
  const post = async (run: RunningEndpoint, session: Record<string, string>, body: string) =>
    (await run.send({ headers: { ...json, ...session }, body })).status;

  it('stops nothing and answers nothing of another subject, tenant or session', async () => {
    const session = await one.open({ sampling: {} });
    const call = one.legacy('tools/call', { name: 'shop__slow' }, session);
    const asked = await askedAt(one, session);
    for (const token of ['bob', 'mallory']) {
      const theirs = await other.open({ sampling: {} }, '2025-11-25', token);
      expect(await post(other, { ...session, authorization: `Bearer ${token}` }, cancel)).toBe(404);
      expect(await post(other, theirs, cancel)).toBe(202);
      expect(await post(other, theirs, answerTo(asked.id, 'theirs'))).toBe(202);
      await other.send({ method: 'DELETE', headers: theirs });
    }
    const second = await other.open({ sampling: {} });
    expect(await post(other, second, cancel)).toBe(202);
    expect(await post(other, second, answerTo(asked.id, 'of another session'))).toBe(202);
    await other.send({ method: 'DELETE', headers: second });
    expect(told.length).toBeGreaterThan(5);
    expect(one.gateway.aborted).toEqual([]);
    expect(await post(other, session, answerTo(asked.id, 'mine'))).toBe(202);
    expect(await asked.rest()).toContain('mine');
    await one.send({ method: 'DELETE', headers: session });
    await call;
  });

  it('stops the request of its session', async () => {
    const session = await one.open();
    const call = one.legacy('tools/call', { name: 'shop__slow' }, session);
    await until(() => one.gateway.calls.length > 0);
    expect(await post(other, session, cancel)).toBe(202);
    await call;
    expect(one.gateway.aborted).toHaveLength(1);
  });

  it('stops the request of a client that has no session, and none of another subject', async () => {
    const alice = { authorization: 'Bearer alice' };
    const call = one.legacy('tools/call', { name: 'shop__slow' });
    await until(() => one.gateway.calls.length > 0);
    expect(await post(other, { authorization: 'Bearer bob' }, cancel)).toBe(202);
    expect(one.gateway.aborted).toEqual([]);
    expect(await post(other, alice, cancel)).toBe(202);
    await call;
    expect(one.gateway.aborted).toHaveLength(1);
  });

  it('is not passed on where it concerns what runs here, or can concern nothing', async () => {
    const session = await one.open({ sampling: {} });
    const call = one.legacy('tools/call', { name: 'shop__slow' }, session);
    await until(() => one.gateway.calls.length > 0);
    expect(await post(one, session, cancel)).toBe(202);
    await call;
    const asked = await askedAt(one, session);
    expect(await post(one, session, answerTo(asked.id, 'here'))).toBe(202);
    expect(await asked.rest()).toContain('here');
    expect(await post(one, session, answerTo(asked.id, 'again'))).toBe(400);
    expect(await post(one, session, answerTo('never-asked', 'x'))).toBe(400);
    expect(told).toEqual([]);
  });

  it('ends the session, and what runs in it, at all of them', async () => {
    const session = await one.open();
    const call = one.legacy('tools/call', { name: 'shop__slow' }, session);
    await until(() => one.gateway.calls.length > 0);
    expect((await other.send({ method: 'DELETE', headers: session })).status).toBe(204);
    await call;
    expect(one.gateway.aborted).toHaveLength(1);
    for (const run of [one, other]) expect((await run.legacy('tools/list', {}, session)).status).toBe(404);
  });

  it('sets the level of log messages at all of them, also where the session is not known yet', async () => {
    const session = await one.open();
    await one.legacy('logging/setLevel', { level: 'error' }, session);
    const { text } = await other.legacy('tools/call', { name: 'shop__progress' }, session);
    expect(text.match(/notifications\/message/g)).toHaveLength(1);
    await other.legacy('logging/setLevel', { level: 'debug' }, session);
    const again = await one.legacy('tools/call', { name: 'shop__progress' }, session);
    expect(again.text.match(/notifications\/message/g)).toHaveLength(3);
  });

  describe('a stream that is lost there', () => {
    const back = (run: RunningEndpoint, session: Record<string, string>, id: string) =>
      run.send({ method: 'GET', headers: { accept: 'text/event-stream', ...session, 'last-event-id': id } });

    it('is told to nobody else', async () => {
      const session = await one.open({ sampling: {} });
      const asked = await askedAt(one, session);
      for (const token of ['alice', 'bob', 'mallory']) {
        const theirs = await other.open({ sampling: {} }, '2025-11-25', token);
        const { text, json: answer } = await back(other, theirs, asked.event);
        expect(text).not.toContain('sampling');
        expect(answer).toMatchObject({ id: 3, error: { message: expect.stringMatching(/not kept/) } });
      }
      await one.send({ method: 'DELETE', headers: session });
    }, 20_000);

    it('is taken up here, with its question and its answer, whole where that is large', async () => {
      const session = await one.open({ sampling: {} });
      const asked = await askedAt(one, session);
      asked.lose();
      const taken = back(other, session, asked.event.replace(/\.\d+\./, '.0.'));
      await new Promise((resolve) => setTimeout(resolve, 700));
      const large = 'x'.repeat(600_000);
      expect(await post(other, session, answerTo(asked.id, large))).toBe(202);
      const { text, json: answer } = await taken;
      expect(text).toContain('sampling/createMessage');
      expect(JSON.stringify(answer)).toContain(large);
      expect(one.gateway.calls).toHaveLength(1);
      expect((await back(other, session, asked.event)).text).toContain(large);
    });

    it('is told of where its gateway is gone', async () => {
      const session = await one.open({ sampling: {} });
      const asked = await askedAt(one, session);
      const third = await runEndpoint();
      expect((await back(third, session, asked.event)).json).toMatchObject({
        id: 3,
        error: { message: expect.stringMatching(/may have been carried out/) },
      });
      await third.close();
      await one.send({ method: 'DELETE', headers: session });
    });
  });

  describe('of its resources', () => {
    const uri = 'shop+file:///a';
    const listenerAt = (run: RunningEndpoint) => run.gateway.listeners.get('file:///a');
    beforeEach(() => {
      for (const run of [one, other]) run.gateway.tellsOfResources = true;
    });

    it('ends no subscription of another session', async () => {
      const [session, second] = [await one.open(), await other.open()];
      await one.legacy('resources/subscribe', { uri }, session);
      await other.legacy('resources/unsubscribe', { uri }, second);
      expect(listenerAt(one)?.signal.aborted).toBe(false);
    });

    it('is told on the stream that it holds at another gateway', async () => {
      const session = await one.open();
      await one.legacy('resources/subscribe', { uri }, session);
      const headers = { ...session, accept: 'text/event-stream' };
      const stream = request({ port: other.port, host: '127.0.0.1', method: 'GET', path: '/mcp', headers });
      let text = '';
      stream.on('response', (response) => response.on('data', (chunk: Buffer) => (text += chunk.toString())));
      stream.end();
      await until(() => {
        listenerAt(one)?.updated();
        return text.includes(`{"uri":"${uri}"}`);
      });
      stream.on('error', () => undefined).destroy();
    });

    it('ends at the gateway where it was made, and when it is made again at another', async () => {
      const session = await one.open();
      await one.legacy('resources/subscribe', { uri }, session);
      await other.legacy('resources/unsubscribe', { uri }, session);
      expect(listenerAt(one)?.signal.aborted).toBe(true);
      await one.legacy('resources/subscribe', { uri }, session);
      await other.legacy('resources/subscribe', { uri }, session);
      expect([one, other].map((run) => listenerAt(run)?.signal.aborted)).toEqual([true, false]);
      await one.send({ method: 'DELETE', headers: session });
      expect(listenerAt(other)?.signal.aborted).toBe(true);
    });
  });
});
