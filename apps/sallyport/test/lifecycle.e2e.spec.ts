import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ANN,
  callTool,
  connect,
  faultsIn,
  launchSallyport,
  makeScratch,
  makeShopScratch,
  recorded,
  recordedOf,
  type Scratch,
  type ScriptedUpstream,
  send,
  startSallyport,
  startScriptedUpstream,
  storyOf,
  textResult,
  trusted,
} from '@sallyport/testing/harness';

describe('the end of the running instance', () => {
  let upstream: ScriptedUpstream;
  let scratch: Scratch;

  beforeEach(async () => {
    upstream = await startScriptedUpstream();
    scratch = makeScratch({
      config: trusted(upstream.url),
    });
  });
  afterEach(async () => {
    await upstream.close();
    scratch.remove();
  });

  it('SIGTERM: the call in flight is finished and recorded, new ones are turned away, exit code 0 within 5 s', async () => {
    const sallyport = await startSallyport(scratch);
    let open = (): void => undefined;
    upstream.behaviour = () => new Promise((resolve) => (open = () => resolve(textResult('finished'))));
    const reached = upstream.nextCall();
    const sent = callTool(sallyport, ANN.token, ['up__run', {}]);
    await reached;
    const ending = sallyport.stop();
    await sallyport.logged('stopping');
    const late = await callTool(sallyport, ANN.token, ['up__run', {}]).then(
      ({ status }) => status,
      () => 'closed',
    );
    expect([503, 'closed']).toContain(late);
    setTimeout(() => open(), 300);
    const { said, meta } = await sent;
    expect(said).toBe('finished');
    const end = await ending;
    expect([end.code, end.ms < 5_000]).toEqual([0, true]);
    expect(storyOf(scratch.data, meta?.id ?? '')).toEqual(['allow', 'allowed', 'call.completed']);
    expect(recorded(scratch.data).at(-1)?.type).toBe('gateway.stopped');
  });

  it('SIGINT says at once which call is waited for and until when; a second one ends it at once', async () => {
    const sallyport = await startSallyport(scratch);
    upstream.behaviour = () => new Promise(() => undefined);
    const reached = upstream.nextCall();
    const sent = callTool(sallyport, ANN.token, ['up__run', {}]).catch(() => 'cut');
    await reached;
    sallyport.child.kill('SIGINT');
    await sallyport.logged('stopping: waits up to 15 s for 1 call: up/run; Ctrl-C again ends at once');
    const end = await sallyport.stop('SIGINT');
    expect([end.code, end.ms < 5_000]).toEqual([130, true]);
    expect(await sent).toBe('cut');
  });

  it('SIGINT with three stdio upstreams, open sessions and a follower ends within 3 s', async () => {
    const shop = makeShopScratch();
    const sallyport = await startSallyport(shop);
    const clients = await Promise.all([
      connect('v1', sallyport.url, 'dev-alice'),
      connect('v2 legacy', sallyport.url, 'dev-bob'),
      connect('v2 modern', sallyport.url, 'dev-erin'),
    ]);
    for (const client of clients) await client.list();
    await clients[0]?.call('orders__get_order', { order_id: '1001' });
    const headers = { authorization: 'Bearer dev-erin' };
    const feed = send(sallyport, { method: 'GET', path: '/admin/v1/events/stream', headers }).catch(() => null);
    const end = await sallyport.stop('SIGINT');
    expect([end.code, end.ms]).toEqual([0, expect.any(Number)]);
    expect(end.ms).toBeLessThan(3_000);
    await feed;
    await Promise.all(clients.map((client) => client.close().catch(() => undefined)));
    shop.remove();
  }, 20_000);

  it('kill -9: what was in flight is outcome_unknown after the restart, and does not run again', async () => {
    const sallyport = await startSallyport(scratch);
    upstream.behaviour = () => new Promise(() => undefined);
    const reached = upstream.nextCall();
    const sent = callTool(sallyport, ANN.token, ['up__run', {}]).catch(() => null);
    await reached;
    await sallyport.stop('SIGKILL');
    await sent;
    const [decided] = recordedOf(scratch.data, 'call.decided');
    expect(decided?.data.decision).toBe('allow');
    upstream.behaviour = () => textResult('done');
    const next = await startSallyport(scratch);
    await next.logged('no known outcome');
    const callId = decided?.stream.replace('call/', '') ?? '';
    expect(storyOf(scratch.data, callId)).toEqual(['allow', 'allowed', 'call.outcome_unknown']);
    expect((await callTool(next, ANN.token, ['up__run', {}])).meta?.decision).toBe('allow');
    expect(upstream.calls).toHaveLength(2);
    await next.stop();
    const third = await startSallyport(scratch);
    await third.stop();
    expect(recordedOf(scratch.data, 'call.outcome_unknown')).toHaveLength(1);
    expect(faultsIn(scratch.data)).toEqual([]);
  }, 20_000);

  it('a second process on the same data is refused, and names the first', async () => {
    const sallyport = await startSallyport(scratch);
    const second = launchSallyport(scratch);
    const { code } = await second.ended;
    expect(code).not.toBe(0);
    expect(second.log()).toContain(String(sallyport.pid));
    expect((await callTool(sallyport, ANN.token, ['up__run', {}])).meta?.decision).toBe('allow');
    await sallyport.stop();
  });

  it('a configuration that can’t be used is told with file, line and hint, and nothing is served', async () => {
    appendFileSync(scratch.config, 'limitz: []\n');
    const sallyport = launchSallyport(scratch);
    const { code } = await sallyport.ended;
    expect(code).toBe(2);
    expect(sallyport.log()).toMatch(/sallyport\.yaml:\d+:\d+/);
    expect(sallyport.log()).toContain('limits');
  });

  it('an upstream’s credential that is not there is told, without a stack, and nothing is served', async () => {
    scratch.configure({
      upstreams: { up: { url: upstream.url, headers: { authorization: { env: 'NOT_SET_ANYWHERE' } } } },
    });
    const sallyport = launchSallyport(scratch);
    const { code } = await sallyport.ended;
    expect(code).toBe(2);
    expect(sallyport.log()).toMatch(/sallyport\.yaml:\d+:\d+ upstreams\.up: [^\n]*NOT_SET_ANYWHERE/);
    expect(sallyport.log()).not.toMatch(/\bat .*\.js:\d/);
  });

  it('leaves no upstream program behind', async () => {
    const marker = join(scratch.directory, 'pids');
    const script = `require('fs').appendFileSync(${JSON.stringify(marker)}, process.pid + '\\n'); setInterval(() => {}, 1000)`;
    scratch.configure({ upstreams: { sleepy: { command: [process.execPath, '-e', script] } } });
    const sallyport = await startSallyport(scratch, { silent: ['sleepy'] });
    const end = await sallyport.stop();
    expect([end.code, end.ms < 5_000]).toEqual([0, true]);
    const { readFileSync } = await import('node:fs');
    for (const pid of readFileSync(marker, 'utf8').trim().split('\n'))
      expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
  }, 20_000);
});
