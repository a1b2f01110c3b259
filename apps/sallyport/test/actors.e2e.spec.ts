import {
  anyTool,
  callTool,
  decisionOn,
  faultsIn,
  type Issuer,
  serveScripted,
  startIssuer,
  textResult,
} from '@sallyport/testing/harness';

const AUDIENCE = 'http://127.0.0.1:8787/mcp';

describe('an agent that acts for a person by a token of its own', () => {
  let issuer: Issuer;
  beforeAll(async () => {
    issuer = await startIssuer(AUDIENCE);
  });
  afterAll(() => issuer.close());
  const served = serveScripted({
    tools: [anyTool('look'), anyTool('change')],
    behaviour: () => textResult('done'),
    policies: {
      'a.cedar': `
@id("staff") permit (principal in Role::"staff", action, resource);
@id("agents-read-little") @hard @advice("Ask the person to do it.") forbid (principal, action, resource)
when { context has actor && context.actor.id like "*|research-agent" && context.facts.bytes > 10 };
@id("agents-only-read") @hard forbid (principal, action, resource)
when { context has actor && context.actor.id like "*|research-agent" && context.effect != "read" };
`,
    },
    config: (url) => ({
      upstreams: {
        up: {
          url,
          definitions: 'trust_on_first_use' as const,
          tools: { look: { effect: 'read' as const }, change: { effect: 'write' as const } },
        },
      },
      identity: { issuers: [{ issuer: issuer.url, audience: AUDIENCE, tenant: { fixed: 'acme' } }] },
    }),
  });
  const act = { sub: 'research-agent', act: { sub: 'planner-agent' } };

  it('may not do what the policy keeps for people, who may', async () => {
    const hidden = await callTool(served.sallyport, await issuer.token({ act }), ['up__change', {}]);
    expect(hidden.meta).toBeUndefined();
    const refused = await callTool(served.sallyport, await issuer.token({ act }), ['up__look', { at: 'everything' }]);
    expect(refused.meta).toMatchObject({ decision: 'deny', reason: 'forbidden' });
    expect(refused.text).toContain('Ask the person to do it.');
    const read = await callTool(served.sallyport, await issuer.token({ act }), ['up__look', {}]);
    expect(read.meta).toMatchObject({ decision: 'allow' });
    const person = await callTool(served.sallyport, await issuer.token(), ['up__change', {}]);
    expect(person.meta).toMatchObject({ decision: 'allow' });
    const acting = [refused, read, person].map(
      ({ meta }) => decisionOn(served.scratch.data, meta?.id ?? '').subject as { ref: string; actors?: string[] },
    );
    expect(acting.map(({ actors }) => actors?.length)).toEqual([2, 2, undefined]);
    expect(new Set(acting.map(({ ref }) => ref)).size).toBe(1);
    expect(faultsIn(served.scratch.data, ['research-agent', 'planner-agent'])).toEqual([]);
  });

  it.each([{ act: 'research-agent' }, { act: { iss: 'https://a.example' } }])('is nobody with %j', async (claims) => {
    const response = await fetch(`${served.sallyport.url}/mcp`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await issuer.token(claims)}`, 'content-type': 'application/json' },
      body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
    });
    expect([response.status, await response.text()]).toEqual([401, expect.stringContaining('actor')]);
  });
});
