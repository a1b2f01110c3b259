import { createHttpUpstream } from '@sallyport/adapter-mcp';
import { startFixtureServer } from './fixture-server.mjs';

const clock = { now: () => Date.now(), monotonic: () => performance.now() };

describe('the conformance fixture', () => {
  it('is served through our own upstream: errors first, then progress', async () => {
    const fixture = await startFixtureServer();
    const upstream = createHttpUpstream({
      id: 'fixture',
      config: {
        url: fixture.url,
        ...{
          headers: {},
          share: 'subject',
          max_sessions: 1_000,
          idle: 900_000,
          definitions: 'pinned',
          errors: 'mask',
          timeout: 5_000,
          start_timeout: 60_000,
          max_response_bytes: 100_000,
          tools: {},
        },
      },
      secrets: () => ({}),
      clock,
      log: () => undefined,
    });
    const heard: unknown[] = [];
    const ask = (tool: string) =>
      upstream.callTool(
        { tool, arguments: {}, traceparent: null },
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
    expect((await upstream.listTools()).map(({ name }) => name)).toContain('test_simple_text');
    await upstream.close();
    await fixture.close();
  });
});
