import { type AddressInfo, createServer } from 'node:net';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import {
  ANN,
  anyTool,
  BEN,
  type Decision,
  eventually,
  faultsIn,
  makeScratch,
  OPEN,
  runCli,
  type Scratch,
  type ScriptedUpstream,
  startScriptedUpstream,
  stdioTransport,
  trusted,
} from '@sallyport/testing/harness';

const policy = (who: string) => `${OPEN}
@id("sure") @confirm("${who}") @ask("Really?") forbid (principal, action == Action::"up/run", resource);`;

describe('a call that is held for a client which started Sallyport over standard streams', () => {
  let upstream: ScriptedUpstream;
  let scratch: Scratch;
  let client: Client;

  beforeAll(async () => void (upstream = await startScriptedUpstream([anyTool('run')])));
  afterAll(() => upstream.close());
  afterEach(async () => {
    await client.close();
    scratch.remove();
  });

  /** A client that can not be asked, so that only a command can answer. */
  async function connect(
    who: string,
    listen?: string,
    definitions: 'trust_on_first_use' | 'pinned' = 'trust_on_first_use',
  ): Promise<void> {
    const policies = { 'all.cedar': policy(who) };
    const config = { ...trusted(upstream.url, { definitions }), ...(listen !== undefined && { listen }) };
    scratch = makeScratch({ policies, config });
    client = new Client({ name: 'unasked', version: '1' });
    await client.connect(stdioTransport(scratch, ANN.token) as Parameters<Client['connect']>[0]);
    if (definitions === 'trust_on_first_use') await eventually(isServed);
  }

  const isServed = async () => (await client.listTools()).tools.length > 0;

  async function call(): Promise<{ readonly text: string; readonly meta: Decision | undefined }> {
    const result = await client.callTool({ name: 'up__run', arguments: {} });
    const [block] = result.content as { text: string }[];
    const meta = (result._meta as Record<string, Decision> | undefined)?.['dev.sallyport/decision'];
    return { text: block?.text ?? '', meta };
  }

  /** Runs the advised command in another folder, with a token of its own. */
  const advised = (text: string, token: string) => {
    const [, command = ''] = /runs? `node \S+ (.*)`/.exec(text) ?? [];
    return runCli([...command.replace('<token>', token).split(' '), '--yes'], { cwd: '/' });
  };

  it('is approved by the very command that the answer names, and runs then', async () => {
    await connect('self');
    const { text, meta } = await call();
    expect(meta?.decision).toBe('hold');
    expect(text).toMatch(
      new RegExp(`sallyport.mjs approve ${meta?.approval} --url http://127.0.0.1:\\d+ --token <token>`),
    );
    expect(text).toContain(`with a token of yours (${ANN.name})`);
    expect((await advised(text, ANN.token)).code).toBe(0);
    expect((await call()).meta?.decision).toBe('allow');
    await client.close();
    expect(faultsIn(scratch.data)).toEqual([]);
  });

  it('is approved by somebody else, who finds it at the configured address', async () => {
    const { port, close } = await taken();
    await close();
    await connect('other', `127.0.0.1:${port}`);
    const { text } = await call();
    expect(text).toMatch(/^Waiting for one other person \(\S+\): each runs `.*` with a token of their own; then/);
    expect((await advised(text, BEN.token)).code).toBe(0);
    expect((await call()).meta?.decision).toBe('allow');
  });

  it('is told at the first start that tools wait, and the command that approves them', async () => {
    await connect('self', undefined, 'pinned');
    expect((await client.listTools()).tools).toEqual([]);
    const told = client.getInstructions() ?? '';
    expect(told).toMatch(
      /^(1 definition hidden until approved|No server has said yet .* is hidden)\. Tell the user, who .* in a terminal: node /,
    );
    const [, command = ''] = /node \S+ (.*)$/.exec(told) ?? [];
    // The server may say later what it has to approve.
    await eventually(async () => {
      const { code } = await runCli([...command.split(' '), '--all', '--yes'], { cwd: '/' });
      return code === 0 && (await isServed());
    }, 20_000);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['up__run']);
  });

  it('says what is in the way where no command can reach it', async () => {
    const { port, close } = await taken();
    await connect('self', `127.0.0.1:${port}`);
    const { text } = await call();
    expect(text).toContain('Set `listen` in sallyport.yaml to a free one');
    expect(text).not.toContain('run `');
    await close();
  });
});

/** A port that another program has until it is closed. */
async function taken(): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, close: () => new Promise((resolve) => server.close(() => resolve())) };
}
