import type { JsonObject } from '@sallyport/contracts';
import { until } from '@sallyport/testing';
import { type RunningEndpoint, runEndpoint } from '../testing/running-endpoint.ts';

const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

interface Event {
  readonly id?: string;
  readonly data?: JsonObject;
}

/** An event stream as a client reads it. */
class Stream {
  readonly status: number;
  readonly type: string | null;
  text = '';
  readonly #abort: AbortController;
  readonly done: Promise<void>;

  constructor(response: Response, abort: AbortController) {
    this.status = response.status;
    this.type = response.headers.get('content-type');
    this.#abort = abort;
    this.done = this.#read(response).catch(() => undefined);
  }

  async #read({ body }: Response): Promise<void> {
    for await (const piece of body?.pipeThrough(new TextDecoderStream()) ?? []) this.text += piece;
  }

  get events(): Event[] {
    const blocks = this.text.split('\n\n').filter((block) => block.includes('data:'));
    return blocks.map((block) => {
      const id = /^id: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.+)$/m.exec(block)?.[1];
      return { ...(id !== undefined && { id }), ...(data !== undefined && { data: JSON.parse(data) as JsonObject }) };
    });
  }

  get last(): string {
    return this.events.at(-1)?.id ?? '';
  }

  lose(): Promise<void> {
    this.#abort.abort();
    return this.done;
  }
}

describe('the stream of a request that its client lost', () => {
  let run: RunningEndpoint;
  beforeEach(async () => {
    run = await runEndpoint();
  });
  afterEach(() => {
    void run.endpoint.drain();
    return run.close();
  });

  async function request(method: string, headers: Record<string, string>, body?: string): Promise<Stream> {
    const abort = new AbortController();
    const url = `http://127.0.0.1:${run.port}/mcp`;
    const response = await fetch(url, { method, headers, signal: abort.signal, ...(body && { body }) });
    return new Stream(response, abort);
  }
  const call = (session: Record<string, string>, name: string, id: unknown = 3) =>
    request(
      'POST',
      { ...json, ...session },
      JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: `shop__${name}` } }),
    );
  const back = (session: Record<string, string>, id: string) =>
    request('GET', { accept: 'text/event-stream', ...session, 'last-event-id': id });
  const answer = (session: Record<string, string>, id: unknown) =>
    run.send({
      headers: { ...json, ...session },
      body: JSON.stringify({ jsonrpc: '2.0', id, result: { content: { type: 'text', text: 'yes' } } }),
    });
  const questionIn = (stream: Stream) => stream.events.find(({ data }) => data?.['method'] !== undefined)?.data;
  /** A call that asks, when its question is on the stream. */
  const asking = async (session: Record<string, string>) => {
    const stream = await call(session, 'ask');
    await until(() => questionIn(stream) !== undefined);
    return stream;
  };

  it('says nothing to another subject, tenant or session, and stays with its own', async () => {
    const session = await run.open({ sampling: {} });
    const stream = await asking(session);
    for (const token of ['alice', 'bob', 'mallory']) {
      const theirs = await run.open({ sampling: {} }, '2025-11-25', token);
      for (const { id = '' } of stream.events) {
        const heard = await back(theirs, id);
        await heard.done;
        expect(heard.text).not.toContain('sampling');
        expect(heard.events.at(-1)?.data).toMatchObject({
          id: 3,
          error: { message: expect.stringMatching(/not kept/) },
        });
        expect((await back({ ...session, authorization: `Bearer ${token}` }, id)).status).toBe(
          token === 'alice' ? 200 : 404,
        );
      }
    }
  });

  it.each([
    ['that is made up', 'x'],
    ['that is empty', ''],
    ['before the first', 'AAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA.-1.'],
    ['of another form', 'AAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA.1.!'],
    ['that is longer than any', 'a'.repeat(5_000)],
  ])('is none for an id %s', async (_, id) => {
    const stream = await back(await run.open(), id);
    expect([stream.status, stream.type]).toEqual([200, 'text/event-stream']);
    await stream.lose();
    expect(stream.text).not.toContain('error');
  });

  it('is taken up where it was lost, with its question, and the call is made once', async () => {
    const session = await run.open({ sampling: {} });
    const stream = await asking(session);
    const question = questionIn(stream);
    await stream.lose();
    const again = await back(session, stream.events[0]?.id ?? '');
    await until(() => questionIn(again) !== undefined);
    expect(questionIn(again)).toEqual(question);
    await again.lose();
    const last = await back(session, again.last);
    expect((await answer(session, question?.['id'])).status).toBe(202);
    await last.done;
    expect(last.events.map(({ data }) => data?.['id'])).toEqual([3]);
    expect(last.text).toContain('yes');
    expect(run.gateway.calls).toHaveLength(1);
  });

  it('has its answer when the client comes back later, more than once', async () => {
    const session = await run.open();
    const stream = await call(session, 'progress');
    await until(() => stream.events.length > 0);
    const first = stream.events[0]?.id ?? '';
    await stream.lose();
    await until(() => run.endpoint.inFlight === 0);
    const [all, some] = [await back(session, first), await back(session, first.replace('.0.', '.2.'))];
    await Promise.all([all.done, some.done]);
    expect(all.events.at(-1)?.data).toMatchObject({ id: 3, result: { content: [{ text: 'done' }] } });
    expect(some.events).toEqual(all.events.slice(2));
    expect(run.gateway.calls).toHaveLength(1);
  });

  it('closes the connection before, which is no loss', async () => {
    const session = await run.open({ sampling: {} });
    const stream = await asking(session);
    const again = await back(session, stream.last);
    await stream.done;
    expect((await answer(session, questionIn(stream)?.['id'])).status).toBe(202);
    await again.done;
    expect(again.text).toContain('yes');
  });

  it('is told of as an answer to its request where it is not kept', async () => {
    const other = await runEndpoint();
    const session = await run.open();
    const stream = await call(session, 'progress', 'an id');
    await stream.done;
    const elsewhere = await other.send({
      method: 'GET',
      headers: { accept: 'text/event-stream', ...session, 'last-event-id': stream.last },
    });
    expect(elsewhere.json).toMatchObject({
      id: 'an id',
      error: { message: expect.stringMatching(/may have been carried/) },
    });
    await other.close();
  });

  it('begins by itself where the answer takes long, with an id and when to come back', async () => {
    const session = await run.open();
    const stream = await call(session, 'slow');
    await until(() => stream.text !== '');
    expect(stream.text).toMatch(/^id: [\w.-]+\nretry: 1000\ndata: \n\n$/);
    await stream.lose();
    const again = await back(session, stream.last);
    await run.send({ method: 'DELETE', headers: session });
    await again.done;
    expect(again.text).toContain('gone');
    expect((await back(session, stream.last)).status).toBe(404);
  });

  it('is none where answers come at once, in revisions before, and in the stateless one', async () => {
    const headers = await run.open();
    expect((await call(headers, 'echo')).type).toBe('application/json');
    const before = await call(await run.open({}, '2025-06-18'), 'progress');
    await before.done;
    const meta = { progressToken: 1 };
    const modern = await run.modern('tools/call', { name: 'shop__progress' }, { meta });
    for (const { text } of [before, modern]) expect(text).not.toContain('id: ');
  });
});
