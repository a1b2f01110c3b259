import { jest } from '@jest/globals';
import { openSetup, type Servers, type Setup, sharedServers } from '@sallyport/cluster';
import { admin, ANN, BEN, callTool, eventually } from '@sallyport/testing/harness';

jest.setTimeout(240_000);

describe('a person who is erased among services', () => {
  let servers: Servers;
  let setup: Setup;
  beforeAll(async () => {
    servers = await sharedServers();
    setup = await openSetup({ servers, users: [ANN, BEN], gateways: 2 });
  });
  afterAll(async () => {
    await setup?.close();
    await servers?.stop();
  });

  const at = (gateway: number) => setup.endpoints[gateway] ?? setup.endpoints[0];
  async function called(gateway: number, token: string): Promise<string> {
    const { meta } = await callTool(at(gateway), token, ['up__run', { text: 'Kanzleiweg 17' }]);
    return meta?.id ?? '';
  }
  /** The subject of a call, and whether its arguments are still there. */
  async function told(gateway: number, call: string): Promise<[string, boolean]> {
    const { text } = await admin(at(gateway), setup.site.operatorToken, ['GET', `/calls/${call}`]);
    const { events = [] } = JSON.parse(text) as { events?: { data: { subject?: { ref: string } } }[] };
    return [events.find(({ data }) => data.subject)?.data.subject?.ref ?? '', text.includes('Kanzleiweg')];
  }

  it('loses values and name at every gateway, others keep theirs, and who comes back is a stranger within seconds', async () => {
    const [anns, bens] = [await called(0, ANN.token), await called(1, BEN.token)];
    const [before, kept] = await told(1, anns);
    expect([before.slice(0, 4), kept]).toEqual(['sub_', true]);
    const body = { tenant: 'acme', subject: 'ann', reason: 'asked_for' };
    const answer = await admin(at(1), setup.site.operatorToken, ['POST', '/erasures'], body);
    expect([answer.status, answer.body]).toMatchObject([200, { subject: before, sealed: true, erased: true }]);
    for (const gateway of [0, 1]) expect(await told(gateway, anns)).toEqual([before, false]);
    expect((await told(0, bens))[1]).toBe(true);
    expect(await setup.recordOf('subject.erased')).toMatchObject([{ data: { subject: before } }]);
    expect(await eventually(async () => (await told(0, await called(0, ANN.token)))[0] !== before, 10_000)).toBe(true);
    expect((await told(1, await called(1, ANN.token)))[1]).toBe(true);
  });
});
