import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  ANN,
  anyTool,
  BEN,
  callTool,
  eventually,
  faultsIn,
  launchSallyport,
  makeScratch,
  OPEN,
  runCli,
  type RunningSallyport,
  type Scratch,
  type ScriptedUpstream,
  startSallyport,
  startScriptedUpstream,
  trusted,
} from '@sallyport/testing/harness';
import { Webhook } from 'standardwebhooks';

const POLICY = `${OPEN}
@id("ask") @confirm("other") @ask("Pay {to}?") forbid (principal, action == Action::"up/pay", resource);`;
const inputSchema = { type: 'object', properties: { to: { type: 'string' } } };
const SECRET = 'a key of the receiver and of ours';

interface Posted {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

describe('the webhook that is told of what waits for people', () => {
  let upstream: ScriptedUpstream;
  let receiver: Server;
  let scratch: Scratch;
  let sallyport: RunningSallyport;
  let posted: Posted[] = [];
  /** What the receiver answers; null leaves the request open. */
  let status: number | null = 200;

  beforeAll(async () => {
    upstream = await startScriptedUpstream([anyTool('pay', { inputSchema })]);
    receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        posted.push({ headers: request.headers, body });
        if (status !== null) response.writeHead(status, status === 307 ? { location: '/elsewhere' } : {}).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    receiver.closeAllConnections();
    receiver.close();
    await upstream.close();
  });
  beforeEach(() => {
    posted = [];
    status = 200;
  });
  afterEach(() => scratch.remove());

  const makeWith = (notify: object) =>
    makeScratch({
      policies: { 'all.cedar': POLICY },
      config: {
        ...trusted(upstream.url),
        approvals: { notify: { url: `http://127.0.0.1:${portOf(receiver)}/hook`, secret: { env: 'HOOK' }, ...notify } },
      },
    });
  const start = async () => void (sallyport = await startSallyport(scratch, { env: { HOOK: SECRET } }));
  const pay = (to: string) => callTool(sallyport, ANN.token, ['up__pay', { to }]);
  const check = () => runCli(['check', '--json', '--url', sallyport.url, '--config', scratch.config], { cwd: '/' });

  it('posts a signed question without values, whose command answers it', async () => {
    scratch = makeWith({ private: true });
    await start();
    const { meta } = await pay('eve@example.com');
    const [{ headers, body }] = await eventually(() => (posted.length > 0 ? (posted as [Posted]) : undefined));
    const told = new Webhook(SECRET, { format: 'raw' }).verify(body, headers as Record<string, string>) as {
      readonly text: string;
      readonly data: { readonly command: string };
    };
    expect(told).toMatchObject({
      type: 'approval.requested',
      data: { approval: meta?.approval, upstream: 'up', tool: 'pay', needs: [{ who: 'other', count: 1, group: null }] },
    });
    expect(told.text).toMatch(/^up\/pay waits for one person other than the requester \(A-\w+\), until 2\S+Z\. Answer/);
    expect(body).not.toMatch(/eve@example|"ann"/);
    const [, command = ''] = /(approve .*)/.exec(told.data.command) ?? [];
    const { code } = await runCli([...command.replace('<token>', BEN.token).split(' '), '--yes'], { cwd: '/' });
    expect([code, (await pay('eve@example.com')).meta?.decision]).toEqual([0, 'allow']);
    expect(posted).toHaveLength(1);
    await sallyport.stop();
    expect(faultsIn(scratch.data, [SECRET])).toEqual([]);
  });

  it.each([[500], [307], [null]])('keeps no call waiting for a receiver that answers %s', async (answers) => {
    status = answers;
    scratch = makeWith({ private: true });
    await start();
    const began = performance.now();
    expect((await pay('one')).meta?.decision).toBe('hold');
    await eventually(() => posted[0]);
    expect((await pay('two')).meta?.decision).toBe('hold');
    expect(performance.now() - began).toBeLessThan(9_000);
    expect(posted.map(({ headers }) => headers['host'])).toContain(`127.0.0.1:${portOf(receiver)}`);
    if (answers !== null) {
      await sallyport.logged('question_not_told');
      const { code, stdout } = await check();
      expect([code, stdout]).toEqual([1, expect.stringContaining(`127.0.0.1:${portOf(receiver)} answered ${answers}`)]);
    }
    await sallyport.stop();
    expect(sallyport.log()).not.toContain(SECRET);
  });

  it('loses no question over a restart, and posts it by the same id until it is taken', async () => {
    status = 503;
    scratch = makeWith({ private: true });
    await start();
    const { meta } = await pay('late');
    const before = (await eventually(() => posted[0])).headers['webhook-id'];
    await sallyport.stop('SIGKILL');
    status = 200;
    posted = [];
    await start();
    const { headers, body } = await eventually(() => posted[0]);
    expect([headers['webhook-id'], JSON.parse(body).data.approval]).toEqual([before, meta?.approval]);
    expect((await check()).stdout).toContain('"about":"approvals.notify","fires":true');
    await sallyport.stop();
  });

  it.each<[string, object, Record<string, string>, string]>([
    ['a private address that is not said to be one', {}, { HOOK: SECRET }, 'only with private: true'],
    ['a secret that is not there', { private: true }, {}, 'the environment variable HOOK is not set'],
  ])('is refused at the start with %s', async (_, notify, env, says) => {
    scratch = makeWith(notify);
    const launched = launchSallyport(scratch, env);
    expect((await launched.ended).code).not.toBe(0);
    expect(launched.log()).toContain('approvals.notify: ');
    expect(launched.log()).toContain(says);
  });
});

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
