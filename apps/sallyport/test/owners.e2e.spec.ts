import {
  anyTool,
  callTool,
  decisionOn,
  faultsIn,
  type Issuer,
  makeScratch,
  serveScripted,
  startIssuer,
  startSallyport,
  textResult,
} from '@sallyport/testing/harness';

const AUDIENCE = 'http://127.0.0.1:8787/mcp';
const POLICY = `
@id("own") permit (principal, action, resource is Doc) when { resource has owner && resource.owner == principal };
`;
const tool = (name: string) => anyTool(name, { inputSchema: { type: 'object', properties: { id: {} } } });
const resolver = { tool: 'owner_of', argument: 'id', owner: '/structuredContent/owner' };

describe('one id at two issuers of a tenant', () => {
  let issuers: readonly [Issuer, Issuer];

  const config = (owns: readonly (boolean | undefined)[]) => ({
    upstreams: {
      docs: {
        url: served.upstream.url,
        definitions: 'trust_on_first_use',
        tools: {
          owner_of: { effect: 'read' },
          read: { effect: 'read', resources: [{ argument: 'id', type: 'Doc', resolver }] },
        },
      },
    },
    identity: {
      issuers: issuers.map(({ url }, at) => ({
        ...{ issuer: url, audience: AUDIENCE, tenant: { fixed: 'acme' } },
        ...(owns[at] !== undefined && { owns: owns[at] }),
      })),
    },
  });

  beforeAll(async () => {
    issuers = [await startIssuer(AUDIENCE), await startIssuer(AUDIENCE)];
  });
  const served = serveScripted({
    tools: [tool('owner_of'), tool('read')],
    behaviour: ({ tool: name }) =>
      name === 'owner_of' ? { ...textResult('x'), structuredContent: { owner: 'carla' } } : textResult('read'),
    policies: { 'docs.cedar': POLICY },
    config: () => config([true, false]),
  });
  afterAll(() => Promise.all(issuers.map((issuer) => issuer.close())));

  it('owns objects at the issuer that owns, and none at the other', async () => {
    const [ours, theirs] = issuers;
    const stranger = await callTool(served.sallyport, await theirs.token(), ['docs__read', { id: 'd1' }]);
    expect(stranger.meta).toMatchObject({ decision: 'deny', reason: 'not_owner' });
    expect(stranger.text).toContain(`ids of ${theirs.url} own nothing`);
    const owner = await callTool(served.sallyport, await ours.token(), ['docs__read', { id: 'd1' }]);
    expect(owner.meta).toMatchObject({ decision: 'allow' });
    const isOwn = ({ subject, resources }: ReturnType<typeof decisionOn>) => resources[0]?.owner === subject.ref;
    const recorded = [stranger, owner].map(({ meta }) => decisionOn(served.scratch.data, meta?.id ?? ''));
    expect(recorded.map(isOwn)).toEqual([false, true]);
    expect(faultsIn(served.scratch.data, ['carla'])).toEqual([]);
  });

  it('owns nothing at an issuer that does not say it, and that is told at the start', async () => {
    const unsaid = makeScratch({ policies: { 'docs.cedar': POLICY }, config: config([true]) as never });
    const launched = await startSallyport(unsaid);
    const { meta } = await callTool(launched, await issuers[1].token(), ['docs__read', { id: 'd1' }]);
    expect(meta).toMatchObject({ decision: 'deny', reason: 'not_owner' });
    expect(launched.log()).toContain('Write `owns: true` where the owners of objects are ids of its people');
    await launched.stop();
    unsaid.remove();
  });
});
