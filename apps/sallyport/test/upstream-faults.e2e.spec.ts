import { type NastyMode, type NastyUpstream, startNastyUpstream } from '@sallyport/testing';
import {
  ANN,
  callTool,
  eventually,
  faultsIn,
  makeScratch,
  type ScriptedUpstream,
  send,
  serve,
  startScriptedUpstream,
  storyOf,
} from '@sallyport/testing/harness';

const MODES: readonly NastyMode[] = [
  'hang',
  'garbage',
  'not_json_type',
  'not_rpc',
  'no_result',
  'empty',
  'wrong_id',
  'interim',
  'huge',
  'huge_claimed',
  'huge_event',
  'gzip_bomb',
  'endless_events',
  'close_before',
  'close_midway',
  'drip',
  'status_500',
  'status_401',
  'redirect',
  'sql_error',
  'events_end',
  'events_garbage',
  'events_wrong_id',
];

describe('an upstream that fails', () => {
  let nasty: NastyUpstream;
  let good: ScriptedUpstream;

  beforeAll(async () => {
    nasty = await startNastyUpstream('hang');
    good = await startScriptedUpstream();
  });
  const served = serve(
    () =>
      makeScratch({
        config: {
          upstreams: {
            nasty: { url: nasty.url, definitions: 'trust_on_first_use', timeout: '400ms' },
            good: { url: good.url, definitions: 'trust_on_first_use' },
            down: { url: 'http://127.0.0.1:9/mcp' },
            crashing: { command: [process.execPath, '-e', 'process.exit(3)'] },
            babbling: { command: [process.execPath, '-e', 'setInterval(() => console.log("<html>"), 20)'] },
          },
        },
      }),
    { silent: ['babbling'] },
  );
  afterAll(async () => {
    await nasty.close();
    await good.close();
  });

  it.each(MODES)('that answers with %s is a clean refusal, on record, while others serve', async (mode) => {
    nasty.mode = mode;
    const before = nasty.calls();
    const [bad, fine] = await Promise.all([
      callTool(served.sallyport, ANN.token, ['nasty__run', {}]),
      callTool(served.sallyport, ANN.token, ['good__run', {}]),
    ]);
    expect(fine.meta?.decision).toBe('allow');
    // An error of JSON-RPC stays one, with its code.
    expect([bad.status, bad.result?.['isError'], bad.error?.code]).toEqual(
      mode === 'sql_error' ? [200, undefined, -32603] : [200, true, undefined],
    );
    expect(bad.text).toContain(bad.meta?.id);
    expect(bad.text.length).toBeLessThan(1_000);
    expect(bad.text).not.toMatch(/html|INSERT|127\.0\.0\.1|\bat .*:\d/);
    expect(storyOf(served.scratch.data, bad.meta?.id ?? '')).toEqual(['allow', 'allowed', 'call.failed']);
    // What asks for nothing is asked again, as the protocol has it, and no more often than any call may be.
    expect(nasty.calls() - before).toBe(mode === 'interim' ? 9 : 1);
  });

  it.each<NastyMode>(['batch', 'string_id', 'untyped', 'gzip', 'byte_order_mark', 'events_no_rpc', 'events_null_id'])(
    'that answers with %s is understood',
    async (mode) => {
      nasty.mode = mode;
      expect((await callTool(served.sallyport, ANN.token, ['nasty__run', {}])).said).toBe('done');
    },
  );

  it('serves again when the upstream is well again', async () => {
    nasty.mode = 'events';
    await eventually(async () => (await callTool(served.sallyport, ANN.token, ['nasty__run', {}])).said === 'done');
  });

  it('is told by readiness, not by liveness', async () => {
    expect((await send(served.sallyport, { method: 'GET', path: '/livez' })).status).toBe(200);
    const ready = await send(served.sallyport, { method: 'GET', path: '/readyz' });
    expect([ready.status, ready.text.includes('upstream/down')]).toEqual([503, true]);
  });

  it('stays small: no answer was kept', async () => {
    const metrics = await send(served.sallyport, { method: 'GET', path: '/metrics' });
    const [, bytes] = /^process_resident_memory_bytes (\S+)$/m.exec(metrics.text) ?? [];
    expect(Number(bytes ?? 0)).toBeLessThan(400 * 1_048_576);
  });

  it('leaves a sound record', () => expect(faultsIn(served.scratch.data)).toEqual([]));
});
