import { createHttpUpstream } from '@sallyport/adapter-mcp';
import { configSchema, type HttpUpstreamParts } from '@sallyport/contracts';
import { startFixtureServer } from './fixture-server.mjs';

const clock = { now: () => Date.now(), monotonic: () => performance.now() };

describe('the conformance fixture', () => {
  it('is served through our own upstream: errors first, then progress', async () => {
    const fixture = await startFixtureServer();
    const { fixture: config } = configSchema.parse({ upstreams: { fixture: { url: fixture.url } } }).upstreams;
    const upstream = createHttpUpstream({
      id: 'fixture',
      config: { ...(config as HttpUpstreamParts), url: fixture.url },
      secrets: () => ({}),
      fetchFor: () => fetch,
      proxies: null,
      clock,
      log: () => undefined,
    });
    const heard: unknown[] = [];
    const ask = (tool: string) =>
      upstream.send(
        { action: 'tools/call', target: { kind: 'tool', name: tool }, arguments: {}, traceparent: null },
        {
          signal: new AbortController().signal,
          timeoutMs: 5_000,
          progressToken: 'mine',
          notify: ({ params }) => void heard.push([params['progressToken'], params['progress']]),
          ask: null,
          caller: null,
          session: null,
          beforeWrite: () => true,
        },
      );
    expect(await ask('no_such_tool')).toMatchObject({ kind: 'error', code: -32602 });
    expect(await ask('test_missing_capability')).toMatchObject({ kind: 'error', code: -32021 });
    expect(await ask('test_error_handling')).toMatchObject({ kind: 'result', result: { isError: true } });
    expect(await ask('test_tool_with_progress')).toMatchObject({ kind: 'result' });
    expect(heard).toEqual([0, 50, 100].map((progress) => ['mine', progress]));
    expect((await upstream.list('tool')).map(({ name }) => name)).toContain('test_simple_text');
    await upstream.close();
    await fixture.close();
  });
});
