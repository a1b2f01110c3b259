import type { Answer, CallRequest, ClientContext } from '@sallyport/contracts';
import { FakeGateway } from '../testing/fake-gateway.ts';
import { type RunningEndpoint, runEndpoint } from '../testing/running-endpoint.ts';

/** A gateway at which every token lacks two scopes. */
class ScopedGateway extends FakeGateway {
  override call({ arguments: { late } }: CallRequest, { notify, progressToken }: ClientContext): Promise<Answer> {
    if (late === true) notify({ method: 'notifications/progress', params: { progressToken, progress: 1 } });
    const meta = { decision: 'deny', reason: 'insufficient_scope', id: 'call-1' } as const;
    const missingScopes = ['notes:read', 'notes:"write"'];
    return Promise.resolve({ kind: 'refused', text: 'Sign in again.', meta, requirements: [], missingScopes });
  }
}

describe('a call whose token lacks scopes', () => {
  let run: RunningEndpoint;
  beforeEach(async () => void (run = await runEndpoint({ gateway: new ScopedGateway() })));
  afterEach(() => run.close());

  const call = (args: { readonly late?: boolean }, headers: Record<string, string> = {}) => {
    const change = { headers, meta: { progressToken: 'p' } };
    return run.modern('tools/call', { name: 'shop__echo', arguments: args }, change);
  };

  it('is challenged, with what was decided in the answer', async () => {
    const { status, headers, text } = await call({});
    expect([status, headers['www-authenticate']]).toEqual([
      403,
      expect.stringMatching(
        /^Bearer resource_metadata="[^"]+", error="insufficient_scope", .*scope="notes:read notes:write"$/,
      ),
    ]);
    const decision = { decision: 'deny', reason: 'insufficient_scope', id: 'call-1' };
    expect(JSON.parse(text)).toEqual({
      jsonrpc: '2.0',
      id: 7,
      error: { code: -32600, message: 'Sign in again.', data: { 'dev.sallyport/decision': decision } },
    });
  });

  it('is refused in words as a part of a batch', async () => {
    const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
    const part = (id: number) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'shop__echo' } });
    const session = await run.open({}, '2025-03-26');
    const answer = await run.send({ headers: { ...headers, ...session }, body: JSON.stringify([part(1), part(2)]) });
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([200, undefined]);
    const refused = { result: { content: [{ text: 'Sign in again.' }], isError: true } };
    expect(JSON.parse(answer.text)).toMatchObject([refused, refused]);
  });

  it('is refused in words where where its answer streams already', async () => {
    const { status, headers, text } = await call({ late: true });
    expect([status, headers['www-authenticate'], headers['content-type']]).toEqual([
      200,
      undefined,
      'text/event-stream',
    ]);
    expect(text).toMatch(/notifications\/progress[^]*"text":"Sign in again\."[^]*"isError":true/);
    expect((await call({ late: true }, { accept: 'application/json' })).status).toBe(403);
  });
});
