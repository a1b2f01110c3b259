import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  ANN,
  anyTool,
  callTool,
  connectAsked,
  eventually,
  freePort,
  launchSallyport,
  makeScratch,
  runCli,
  type Scratch,
  type ScriptedUpstream,
  startSallyport,
  startScriptedUpstream,
} from '@sallyport/testing/harness';

let scratch: Scratch;
let good: ScriptedUpstream;
const servers: Server[] = [];
const trusted = { definitions: 'trust_on_first_use' } as const;

beforeEach(async () => {
  good = await startScriptedUpstream([anyTool('run')]);
});
afterEach(async () => {
  await good.close();
  for (const server of servers.splice(0)) server.close().closeAllConnections();
  scratch.remove();
});

/** The address of a server that does with each request what a test says. */
async function serve(answer: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((_, response) => answer(response)).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}

async function readiness(url: string): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(`${url}/readyz`);
  return { status: response.status, text: await response.text() };
}

function check(url: string) {
  return runCli(['check', '--config', scratch.config, '--url', url, '--json'], { cwd: scratch.directory });
}

describe('while a server says nothing', () => {
  async function withSilent(listen: string, policies?: Readonly<Record<string, string>>): Promise<Scratch> {
    const silent = await serve(() => undefined);
    const upstreams = { up: { url: good.url, ...trusted }, silent: { url: silent, ...trusted } };
    return makeScratch({ config: { listen, upstreams }, ...(policies && { policies }) });
  }

  it('endpoints are open, readiness names it, and the others serve', async () => {
    const port = await freePort();
    scratch = await withSilent(`127.0.0.1:${port}`);
    const url = `http://127.0.0.1:${port}`;
    const sallyport = launchSallyport(scratch);
    const isAlive = (): Promise<boolean> =>
      fetch(`${url}/livez`).then(
        ({ ok }) => ok,
        () => false,
      );
    await eventually(isAlive, 20_000);
    expect(sallyport.log()).not.toContain('not answering yet');
    expect(await readiness(url)).toMatchObject({ status: 503, text: expect.stringContaining('upstream/silent') });
    expect((await callTool({ port }, ANN.token, ['up__run', {}])).said).toBe('done');
    await sallyport.stop();
  });

  it('a client on standard streams is served by the others', async () => {
    scratch = await withSilent('127.0.0.1:0');
    const client = await connectAsked({ config: scratch.config, cwd: '/' }, ANN.token);
    expect((await client.call('up__run')).text).toContain('done');
    await client.close();
  });

  it('a policy about its tools is no mistake; about those of others it is', async () => {
    const about = (tool: string): string => `@id("f") @hard forbid (principal, action == Action::"${tool}", resource);`;
    scratch = await withSilent('127.0.0.1:0', { 'f.cedar': about('silent/erase') });
    const sallyport = await startSallyport(scratch, { silent: ['silent'] });
    await sallyport.stop();
    scratch.write('policies/f.cedar', about('up/erase'));
    await expect(startSallyport(scratch)).rejects.toThrow('up/erase');
  });
});

describe('a fault of our own is found before a server is started', () => {
  async function startedWith(change: (scratch: Scratch) => void, listen = '127.0.0.1:0') {
    const mark = "require('fs').writeFileSync('started', ''); setInterval(() => {}, 1000)";
    scratch = makeScratch({ config: { listen, upstreams: { up: { command: ['node', '-e', mark], share: 'all' } } } });
    change(scratch);
    const sallyport = launchSallyport(scratch);
    const { code } = await sallyport.ended;
    return { code, log: sallyport.log(), started: existsSync(join(scratch.directory, 'started')) };
  }

  it('in the address', async () => {
    const taken = new URL(await serve(() => undefined));
    const log = expect.stringContaining(taken.port) as string;
    expect(await startedWith(() => undefined, taken.host)).toEqual({ code: 2, started: false, log });
  });

  it.each([
    ['policies/x.cedar', 'permit ('],
    ['users.yaml', 'users: 7'],
  ])('in %s', async (file, text) => {
    const log = expect.stringContaining(file) as string;
    expect(await startedWith((at) => at.write(file, text))).toEqual({ code: 2, started: false, log });
  });
});

describe('why something is missing', () => {
  it.each([
    [302, { location: 'https://elsewhere.example/mcp' }, 'HTTP 302, a redirect to https://elsewhere.example/mcp'],
    [401, { 'www-authenticate': 'Bearer realm="x"' }, 'HTTP 401, our credential is missing or not accepted'],
  ])('stands in the log once, in readiness and in check: HTTP %i', async (status, headers, why) => {
    const odd = await serve((response) => void response.writeHead(status, headers).end());
    scratch = makeScratch({ config: { upstreams: { odd: { url: odd } } } });
    const sallyport = await startSallyport(scratch);
    await sallyport.logged(why);
    expect((await readiness(sallyport.url)).text).toContain(why);
    const { code, stdout } = await check(sallyport.url);
    expect([code, stdout.includes(why)]).toEqual([1, true]);
    expect(sallyport.log().split(why)).toHaveLength(2);
    await sallyport.stop();
  });

  it('is told of a reload that failed, until one succeeds', async () => {
    scratch = makeScratch({ config: { upstreams: { up: { url: good.url, ...trusted } } } });
    const sallyport = await startSallyport(scratch);
    const isTold = async (): Promise<boolean> => (await readiness(sallyport.url)).text.includes('broken.cedar');
    scratch.write('policies/broken.cedar', 'permit (');
    await eventually(isTold);
    expect((await check(sallyport.url)).stdout).toContain('broken.cedar');
    scratch.write('policies/broken.cedar', '// nothing');
    await eventually(async () => !(await isTold()));
    expect((await check(sallyport.url)).code).toBe(0);
    await sallyport.stop();
  });
});

describe('a resource without a resolver', () => {
  it('has its calls refused, and check names it; the instance is ready for all others', async () => {
    const inputSchema = { type: 'object', properties: { doc: { type: 'string' } }, required: ['doc'] };
    good.tools = [anyTool('run'), anyTool('read', { inputSchema })];
    const tools = { read: { effect: 'read', resources: [{ argument: 'doc', type: 'Doc' }] } };
    const up = { url: good.url, ...trusted, tools };
    const everything = { 'all.cedar': '@id("all") permit (principal, action, resource);' };
    scratch = makeScratch({ config: { upstreams: { up } } as never, policies: everything });
    const sallyport = await startSallyport(scratch);
    const read = await callTool(sallyport, ANN.token, ['up__read', { doc: 'd1' }]);
    expect(read.meta).toMatchObject({ decision: 'deny', reason: 'object_unresolved' });
    expect((await callTool(sallyport, ANN.token, ['up__run', {}])).said).toBe('done');
    expect(good.calls.map(({ tool }) => tool)).toEqual(['run']);
    const told = 'resolver up/read doc (Doc) has no resolver: its calls are refused';
    expect(await readiness(sallyport.url)).toMatchObject({ status: 200, text: expect.stringContaining(told) });
    const checked = await check(sallyport.url);
    expect([checked.code, checked.stdout]).toEqual([1, expect.stringContaining('has no resolver')]);
    await sallyport.stop();
  });
});
