import { PassThrough, duplexPair } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { createRelayedClient, endingText } from './relayed-client.ts';

const request = (id: number | string, method: string) => ({ jsonrpc: '2.0', id, method, params: {} });
const note = (method: string, params = {}) => ({ jsonrpc: '2.0', method, params });
const result = (id: number | string) => ({ jsonrpc: '2.0', id, result: {} });

/** One end of a stream of lines. */
function lines(stream: { write(text: string): unknown; on(event: 'data', take: (chunk: Buffer) => void): unknown }) {
  let text = '';
  stream.on('data', (chunk) => (text += chunk.toString()));
  return {
    async say(...messages: readonly (object | string)[]) {
      for (const message of messages)
        stream.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`);
      await settled();
    },
    /** What was heard since it was last asked. */
    heard() {
      const heard = text.split('\n').filter((line) => line !== '');
      text = '';
      return heard.map((line) => (line.startsWith('{') ? (JSON.parse(line) as object) : line));
    },
  };
}

async function settled(): Promise<void> {
  for (let turns = 0; turns < 10; turns += 1) await turn();
}

describe('a client whose instances come and go', () => {
  function connected() {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const relayed = createRelayedClient(input, output);
    const user = lines({ write: (text) => input.write(text), on: (event, take) => output.on(event, take) });
    return { input, relayed, user };
  }

  async function instanceOf({ relayed }: ReturnType<typeof connected>) {
    const [near, far] = duplexPair();
    const ended = relayed.relay(near);
    const instance = lines(far);
    await settled();
    return { ...instance, ended, far, end: () => (far.end(), near.destroy(), ended) };
  }

  it('is told of a call without an answer that it may have run, and the next instance is not sent it', async () => {
    const client = connected();
    const first = await instanceOf(client);
    await client.user.say(request(1, 'tools/call'), request('1', 'tools/call'));
    await first.say(result('1'));
    expect(client.user.heard()).toEqual([result('1')]);
    await first.end();
    const message = expect.stringContaining('it may have been carried out');
    expect(client.user.heard()).toEqual([{ jsonrpc: '2.0', id: 1, error: { code: -32603, message } }]);
    expect((await instanceOf(client)).heard()).toEqual([]);
  });

  it('is not told of a call that it cancelled itself', async () => {
    const client = connected();
    const first = await instanceOf(client);
    await client.user.say(request(1, 'tools/call'), note('notifications/cancelled', { requestId: 1 }));
    await first.end();
    expect(client.user.heard()).toEqual([]);
  });

  it('stays subscribed to the resources that it was subscribed to, and to no others, and hears that they may have changed', async () => {
    const client = connected();
    const first = await instanceOf(client);
    const ask = (id: number, method: string, uri: string) => ({ ...request(id, method), params: { uri } });
    const refused = { jsonrpc: '2.0', id: 2, error: { code: -32000, message: 'no' } };
    await client.user.say(ask(1, 'resources/subscribe', 'file:///a'), ask(2, 'resources/subscribe', 'file:///b'));
    await client.user.say(ask(3, 'resources/subscribe', 'file:///c'), ask(4, 'resources/unsubscribe', 'file:///c'));
    await first.say(result(1), refused, result(3), result(4));
    await first.end();
    client.user.heard();
    const second = await instanceOf(client);
    const id = 'sallyport-subscribe-again file:///a';
    expect(second.heard()).toEqual([{ ...ask(1, 'resources/subscribe', 'file:///a'), id }]);
    await second.say(result(id));
    expect(client.user.heard()).toEqual([note('notifications/resources/updated', { uri: 'file:///a' })]);
  });

  it('is introduced to the next instance, whose answer to that it does not hear', async () => {
    const client = connected();
    const first = await instanceOf(client);
    await client.user.say(request(0, 'initialize'));
    await first.say(result(0));
    await client.user.say(note('notifications/initialized'));
    await first.end();
    const second = await instanceOf(client);
    const [again, initialized] = second.heard() as { id: string }[];
    expect([again, initialized]).toEqual([request(again?.id ?? '', 'initialize'), note('notifications/initialized')]);
    client.user.heard();
    await second.say(result(again?.id ?? ''));
    expect(client.user.heard()).toEqual([]);
  });

  it('has what is no call asked again, its first `initialize` too', async () => {
    const client = connected();
    const first = await instanceOf(client);
    await client.user.say(request(0, 'initialize'), request(1, 'tools/list'));
    await first.end();
    const second = await instanceOf(client);
    expect(second.heard()).toEqual([request(0, 'initialize'), request(1, 'tools/list')]);
    await second.say(result(0));
    expect(client.user.heard()).toEqual([result(0)]);
  });

  it('loses nothing that it says while there is no instance, be it no message at all', async () => {
    const client = connected();
    await client.user.say('no JSON', '[1]', request(1, 'tools/call'));
    expect((await instanceOf(client)).heard()).toEqual(['no JSON', '[1]', request(1, 'tools/call')]);
  });

  it('says nothing more to an instance that is ending, hears its last answers, and is served on by the next', async () => {
    const client = connected();
    const first = await instanceOf(client);
    await client.user.say(request(1, 'tools/call'));
    await first.say(endingText(true).trim());
    first.heard();
    await client.user.say(request(2, 'tools/call'));
    await first.say(result(1));
    expect([first.heard(), client.user.heard(), client.relayed.handedOver]).toEqual([[], [result(1)], true]);
    await first.end();
    const second = await instanceOf(client);
    await second.say(result(2));
    expect([second.heard(), client.user.heard()]).toEqual([[request(2, 'tools/call')], [result(2)]]);
    expect(client.relayed.handedOver).toBe(false);
  });

  it('is told when a line is longer than any instance would take, and the rest goes on', async () => {
    const client = connected();
    const instance = await instanceOf(client);
    await client.user.say(`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":"${'x'.repeat(67_108_864)}"}`);
    await client.user.say(request(8, 'tools/list'));
    expect(client.user.heard()).toEqual([expect.objectContaining({ id: 7, error: expect.anything() })]);
    expect(instance.heard()).toEqual([request(8, 'tools/list')]);
  });

  it.each([true, false])(
    'ends the instance when it leaves, whether one is there (%s) or comes later',
    async (there) => {
      const client = connected();
      const before = there ? await instanceOf(client) : null;
      client.input.end();
      await settled();
      expect(client.relayed.left).toBe(true);
      const { far } = before ?? (await instanceOf(client));
      expect(far.readableEnded).toBe(true);
    },
  );
});
