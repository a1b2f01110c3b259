import {
  admin,
  type AdminAnswer,
  callTool,
  faultsIn,
  OPEN,
  operatorToken,
  recorded,
  recordedOf,
  serveScripted,
  type User,
} from '@sallyport/testing/harness';

const user = (name: string, tenant: string, ...roles: string[]): User => ({
  name,
  tenant,
  roles,
  token: `dev-${name}-token`,
});
const ADA = user('adaqueen', 'acme', 'staff');
const AXEL = user('axelboss', 'acme', 'admin');
const BEA = user('beaqueen', 'brix', 'staff', 'finance');
const BOSS = user('brixboss', 'brix', 'admin');
const POLICY = `${OPEN}@id("ask") @confirm("1 of finance") @ask("Send {note}?") forbid (principal, action, resource) when { context.arguments has note };\n`;

describe('tenants in the running instance', () => {
  let allowed: string;
  let approval: string;

  const served = serveScripted({
    tools: [{ name: 'run', inputSchema: { type: 'object', properties: { note: { type: 'string' } } } }],
    users: [ADA, AXEL, BEA, BOSS],
    policies: { 'all.cedar': POLICY },
  });
  beforeAll(async () => {
    allowed = (await callTool(served.sallyport, ADA.token, ['up__run', {}])).meta?.id ?? '';
    approval = (await callTool(served.sallyport, ADA.token, ['up__run', { note: 'acmesecret' }])).meta?.approval ?? '';
    await callTool(served.sallyport, BEA.token, ['up__run', {}]);
  });

  const ask = (who: User, method: string, path: string, body?: object) =>
    admin(served.sallyport, who.token, [method, path], body);
  const tells = ({ text }: AdminAnswer) => /acme|adaqueen|axelboss/.test(text);

  it.each([BOSS, BEA])('show nothing of acme to $name of brix, by any route', async (who) => {
    const paths = [
      '/status',
      '/events',
      '/events?limit=1000',
      '/events?tenant=acme',
      '/events?tenant=_system',
      '/events/stream?tenant=acme&after=0',
      `/calls/${allowed}`,
      `/calls/${allowed}?tenant=acme`,
      '/approvals',
      '/approvals?tenant=acme',
      `/approvals/${approval}`,
      `/approvals/${approval}?tenant=acme`,
    ];
    for (const path of paths) {
      const answer = await ask(who, 'GET', path);
      expect([path, tells(answer), answer.status >= 500]).toEqual([path, false, false]);
      if (path.includes('tenant=') || path.includes(allowed) || path.includes(approval))
        expect([path, answer.status]).toEqual([
          path,
          path.includes('tenant=') ? 403 : who === BEA && path.includes('calls') ? 403 : 404,
        ]);
    }
  });

  it('let nobody of brix act for acme or for Sallyport', async () => {
    for (const who of [BOSS, BEA]) {
      expect((await ask(who, 'POST', `/approvals/${approval}/votes`, { answer: 'approve' })).status).toBe(404);
      expect((await ask(who, 'POST', '/reload')).status).toBe(403);
      expect((await ask(who, 'POST', '/check')).status).toBe(403);
      const digest = `sha256:${'a'.repeat(43)}`;
      expect((await ask(who, 'POST', '/definitions/up/run/approve', { digest })).status).toBe(403);
    }
    expect((await callTool(served.sallyport, ADA.token, ['up__run', { note: 'acmesecret' }])).meta?.decision).toBe(
      'hold',
    );
  });

  it('show an admin their own, and put the look itself on record', async () => {
    const events = await ask(AXEL, 'GET', '/events?limit=1000');
    expect(events.status).toBe(200);
    const story = await ask(AXEL, 'GET', `/calls/${allowed}`);
    expect(story.status).toBe(200);
    expect(
      recordedOf(served.scratch.data, 'admin.acted')
        .filter(({ tenant }) => tenant === 'acme')
        .at(-1)?.data,
    ).toMatchObject({
      act: 'values.read',
      target: `call/${allowed}`,
      allowed: true,
    });
    const brix = await ask(BOSS, 'GET', '/events?limit=1000');
    expect(brix.status).toBe(200);
    expect(brix.text).toContain('call.decided');
  });

  it('let a user without the role read no record', async () => {
    for (const path of ['/status', '/events', `/calls/${allowed}`, '/definitions'])
      expect([path, (await ask(ADA, 'GET', path)).status]).toEqual([path, 403]);
    expect((await admin(served.sallyport, 'nonsense-token', ['GET', '/status'])).status).toBe(401);
  });

  it('count in logs of their own, and give one subject another pseudonym in each', () => {
    const tenants = new Set(recorded(served.scratch.data).map(({ tenant }) => tenant));
    expect([...tenants].sort()).toEqual(['_system', 'acme', 'brix']);
    expect(
      recorded(served.scratch.data).filter(({ tenant, data }) => (data as { tenant: string }).tenant !== tenant),
    ).toEqual([]);
  });

  it('the operator sees all of it', async () => {
    const { text } = await admin(served.sallyport, operatorToken(served.scratch.data), ['GET', '/status']);
    expect(text).toMatch(/acme[\s\S]*brix|brix[\s\S]*acme/);
  });

  it('leaves a record without names and values', () => {
    expect(faultsIn(served.scratch.data, ['acmesecret', 'adaqueen', 'axelboss', 'beaqueen', 'brixboss'])).toEqual([]);
  });
});
