import {
  admin,
  anyTool,
  callTool,
  faultsIn,
  type Issuer,
  OPEN,
  operatorToken,
  serveScripted,
  startIssuer,
  trusted,
} from '@sallyport/testing/harness';

const AUDIENCE = 'http://127.0.0.1:8787/mcp';
const POLICY = `${OPEN}
@id("ask-other") @confirm("other") forbid (principal, action == Action::"up/other", resource);
@id("ask-two") @confirm("2 of finance") forbid (principal, action == Action::"up/two", resource);
@id("ask-self") @confirm("self") forbid (principal, action == Action::"up/self", resource);\n`;

describe('four eyes are two people', () => {
  let first: Issuer;
  let second: Issuer;

  beforeAll(async () => {
    [first, second] = await Promise.all([startIssuer(AUDIENCE), startIssuer(AUDIENCE)]);
  });
  const served = serveScripted({
    tools: ['other', 'two', 'self'].map((name) => anyTool(name)),
    policies: { 'all.cedar': POLICY },
    config: (url) => ({
      ...trusted(url),
      limits: [],
      identity: {
        issuers: [first, second].map((one) => ({
          ...{ issuer: one.url, audience: AUDIENCE },
          ...{ owns: one === first, tenant: { fixed: 'acme' } },
        })),
      },
    }),
  });
  afterAll(() => Promise.all([first.close(), second.close()]));

  const finance = { roles: ['finance', 'sallyport-admin', 'admin'] };
  const ann = (more = {}) => first.token({ sub: 'ann', client_id: 'agent', ...finance, ...more });
  const call = async (tool: string) => (await callTool(served.sallyport, await ann(), [`up__${tool}`, {}])).meta;
  const held = async (tool: string) => {
    const meta = await call(tool);
    expect(meta).toMatchObject({ decision: 'hold' });
    return meta?.approval ?? '';
  };
  const vote = async (approval: string, token: string, answer = 'approve') => {
    const { status, body } = await admin(served.sallyport, token, ['POST', `/approvals/${approval}/votes`], { answer });
    return [status, String(body['message'] ?? body['status'])] as const;
  };
  const ran = (tool: string) => served.upstream.calls.filter((one) => one.tool === tool).length;

  it.each<[string, () => Promise<string>, RegExp]>([
    ['the operator’s shared token', async () => operatorToken(served.scratch.data), /can reject, not approve.*--token/],
    ['the requester', () => ann({ client_id: 'cli' }), /counts as the same person/],
    ['the same id at another issuer', () => second.token({ sub: 'ann', ...finance }), /counts as the same person/],
    ['the id in capitals', () => second.token({ sub: 'ANN', ...finance }), /counts as the same person/],
    ['the id in Cyrillic letters', () => second.token({ sub: 'аnn', ...finance }), /counts as the same person/],
    ['the id with a blank in it', () => first.token({ sub: 'ann\u3164', ...finance }), /counts as the same person/],
    ['somebody through the agent’s client', () => first.token({ sub: 'ben', client_id: 'agent', ...finance }), /agent/],
  ])('%s is no other person', async (_, token, why) => {
    for (const tool of ['other', 'two']) {
      const [status, said] = await vote(await held(tool), await token());
      expect([status, said]).toEqual([409, expect.stringMatching(why)]);
      expect((await call(tool))?.decision).toBe('hold');
    }
    expect([ran('other'), ran('two')]).toEqual([0, 0]);
  });

  it('counts one person at two issuers once, and runs by the yes of two', async () => {
    const approval = await held('two');
    expect(await vote(approval, await first.token({ sub: 'ben', ...finance }))).toEqual([200, 'requested']);
    const [status, said] = await vote(approval, await second.token({ sub: 'Ben', ...finance }));
    expect([status, said]).toEqual([409, expect.stringContaining('same person')]);
    expect(await vote(approval, await second.token({ sub: 'cem', ...finance }))).toEqual([200, 'approved']);
    expect((await call('two'))?.decision).toBe('allow');
    expect(ran('two')).toBe(1);
  });

  it('takes a self yes from the person’s own client, not from the agent’s token', async () => {
    const approval = await held('self');
    expect(await vote(approval, await ann())).toEqual([409, expect.stringMatching(/client that made the call/)]);
    expect(await vote(approval, await second.token({ sub: 'ann', ...finance }))).toEqual([
      409,
      expect.stringContaining('own account'),
    ]);
    expect(await vote(approval, await ann({ client_id: 'cli' }))).toEqual([200, 'approved']);
    expect((await call('self'))?.decision).toBe('allow');
  });

  it('says on the command line that the operator’s yes is nobody’s, and lets the operator stop a call', async () => {
    const approval = await held('other');
    const run = (answer: string) => served.cli(answer, approval, '--yes');
    const yes = await run('approve');
    expect(yes.code).not.toBe(0);
    expect(yes.stderr).toMatch(/can reject, not approve.*with a token of your own/s);
    expect((await run('reject')).code).toBe(0);
    expect(await call('other')).toMatchObject({ decision: 'deny', reason: 'approval_rejected' });
    expect(ran('other')).toBe(0);
  });

  it('leaves a sound record', () => expect(faultsIn(served.scratch.data)).toEqual([]));
});
