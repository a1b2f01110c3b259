import { type RunningEndpoint, runEndpoint } from '../testing/running-endpoint.ts';

const alice = { authorization: 'Bearer alice', 'content-type': 'application/json' };
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('sessions', () => {
  let run: RunningEndpoint;
  beforeEach(async () => {
    run = await runEndpoint();
  });
  afterEach(() => run.close());

  it('turns a stranger away who presents the id, and lets them not end it', async () => {
    const session = await run.open();
    for (const token of ['bob', 'mallory']) {
      const theirs = { ...session, authorization: `Bearer ${token}` };
      expect((await run.legacy('tools/list', {}, theirs)).status).toBe(404);
      expect((await run.send({ method: 'DELETE', headers: theirs })).status).toBe(404);
      expect(
        (
          await run.send({
            headers: { ...alice, ...theirs },
            body: '{"jsonrpc":"2.0","id":"sallyport-1","result":{}}',
          })
        ).status,
      ).toBe(404);
    }
    expect((await run.legacy('tools/list', {}, session)).status).toBe(200);
  });

  it('wants a session, and one that is still there', async () => {
    expect((await run.legacy('tools/list')).status).toBe(400);
    const session = await run.open();
    expect((await run.send({ method: 'DELETE', headers: session })).status).toBe(204);
    expect((await run.legacy('tools/list', {}, session)).status).toBe(404);
  });

  it('refuses a version that nobody speaks', async () => {
    const session = await run.open();
    const answer = await run.legacy('tools/list', {}, { ...session, 'mcp-protocol-version': '1999-01-01' });
    expect([answer.status, answer.json.error?.code]).toEqual([400, -32022]);
  });

  it.each([
    ['2025-11-25', '2025-11-25'],
    ['2025-06-18', '2025-06-18'],
    ['2025-03-26', '2025-03-26'],
    ['2024-11-05', '2025-11-25'],
    ['2026-07-28', '2025-11-25'],
    ['x', '2025-11-25'],
  ])('negotiates %s to %s', async (asked, agreed) => {
    const { json, headers } = await run.legacy('initialize', {
      protocolVersion: asked,
      capabilities: {},
      clientInfo: {},
    });
    expect(json.result).toMatchObject({ protocolVersion: agreed, serverInfo: { name: 'sallyport' } });
    expect(headers['mcp-session-id']).toMatch(/^[\x21-\x7e]{32}$/);
  });

  it('stops a running request by a notification of the same session alone', async () => {
    const [session, other] = [await run.open(), await run.open()];
    const call = run.legacy('tools/call', { name: 'shop__slow' }, session);
    const cancel = '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}';
    await later(30);
    await run.send({ headers: { ...alice, ...other }, body: cancel });
    await later(30);
    expect(run.gateway.aborted).toEqual([]);
    expect((await run.legacy('ping', {}, session)).status).toBe(400); // the same id is running
    expect((await run.send({ headers: { ...alice, ...session }, body: cancel })).status).toBe(202);
    await call;
    expect(run.gateway.aborted).toHaveLength(1);
  });

  it('ends what runs when the session ends', async () => {
    const session = await run.open();
    const call = run.legacy('tools/call', { name: 'shop__slow' }, session);
    await later(30);
    await run.send({ method: 'DELETE', headers: session });
    await call;
    expect(run.gateway.aborted).toHaveLength(1);
  });

  it('sends log messages from the level on that the client set', async () => {
    const session = await run.open();
    expect((await run.legacy('logging/setLevel', { level: 'loud' }, session)).json.error?.code).toBe(-32602);
    await run.legacy('logging/setLevel', { level: 'error' }, session);
    const { text } = await run.legacy('tools/call', { name: 'shop__progress' }, session);
    expect(text.match(/notifications\/message/g)).toHaveLength(1);
  });
});
