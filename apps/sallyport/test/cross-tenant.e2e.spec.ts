import { jest } from '@jest/globals';
import fc from 'fast-check';
import { admin, callTool, faultsIn, json, recorded, send } from '@sallyport/testing/harness';
import { ways } from './cross-attempts.ts';
import { type TwoTenants, twoTenants } from './two-tenants.ts';

jest.setTimeout(180_000);

/** Attempts that are under way at once. */
const AT_ONCE = 16;
/** What is generated is the same each time, unless another seed is given. */
const seed = Number(process.env['SALLYPORT_TEST_SEED'] ?? 20_261_125);

describe('ten thousand attempts at what another tenant has', () => {
  let setup: TwoTenants;
  let before: { readonly head: number; readonly tenants: string; readonly ran: number };

  const headOf = () => recorded(setup.scratch.data).filter(({ tenant }) => tenant === 'acme').length;
  const registry = () => JSON.stringify([setup.served.runtime.tenants.list(), setup.served.runtime.tenants.switches()]);
  const sure = () => setup.upstream.calls.filter(({ args }) => 'sure' in args || 'note' in args).length;

  beforeAll(async () => {
    setup = await twoTenants();
    before = { head: headOf(), tenants: registry(), ran: sure() };
  });
  afterAll(() => setup.close());

  it('are ten thousand', () => expect(ways.reduce((sum, { share }) => sum + share, 0)).toBe(10_000));

  it.each(ways.map((way) => [way.name, way] as const))('get nothing by %s', async (_, { attempts, share }) => {
    const queue = fc.sample(attempts(setup), { numRuns: share, seed });
    const got: string[] = [];
    const work = async (): Promise<void> => {
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
        const found = await next();
        if (found !== null) got.push(found);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    expect([got.length, got.slice(0, 5)]).toEqual([0, []]);
  });

  it('leave the other tenant’s log, questions, quotas and switches as they were', async () => {
    expect({ head: headOf(), tenants: registry(), ran: sure() }).toEqual(before);
    const { approvals } = setup.served.runtime;
    expect(await approvals.question('acme', setup.victim.approval)).toMatchObject({
      approval: { status: 'requested', votes: [] },
    });
    expect(faultsIn(setup.scratch.data, ['acmesecret', 'adaqueen', 'mallory'])).toEqual([]);
  });

  it('would have got it as the people whose it is', async () => {
    const { victim } = setup;
    const story = await admin(setup, victim.boss.token, ['GET', `/calls/${victim.call}`]);
    expect([story.status, story.text.includes('adaqueen')]).toEqual([200, true]);
    const vote = await admin(setup, victim.finance.token, ['POST', `/approvals/${victim.approval}/votes`], {
      answer: 'approve',
    });
    expect(vote.body).toEqual({ status: 'approved' });
    const inputResponses = { 'sallyport-confirm': { action: 'accept', content: { confirm: true } } };
    const options = { capabilities: { elicitation: {} }, params: { requestState: victim.state, inputResponses } };
    const done = await callTool(setup, victim.staff.token, ['up__run', { sure: 'acmesecret' }], options);
    expect(done.meta?.decision).toBe('allow');
    const headers = { ...json, authorization: `Bearer ${victim.staff.token}`, 'mcp-session-id': victim.session };
    const list = JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/list', params: {} });
    expect((await send(setup, { headers, body: list })).status).toBe(200);
    const token = await victim.issuer.token({ org: 'brix' });
    expect(await setup.served.runtime.identity.authenticate(`Bearer ${token}`)).toMatchObject({ tenant: 'acme' });
  });
});
