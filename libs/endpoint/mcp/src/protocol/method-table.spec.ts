import { methodTable, treatmentOf } from './method-table.ts';
import { type RunningEndpoint, runEndpoint } from '../testing/running-endpoint.ts';

describe('the method table', () => {
  let run: RunningEndpoint;
  let session: Record<string, string>;
  beforeAll(async () => {
    run = await runEndpoint();
    session = await run.open();
  });
  afterAll(() => run.close());

  const unknown = ['nothing', 'tools/delete', 'constructor', 'toString', '__proto__', 'hasOwnProperty', ''];
  const methods = [...Object.keys(methodTable), ...unknown];

  it.each(unknown)('refuses %p, which has no row', (method) => {
    expect([treatmentOf(method, 'modern'), treatmentOf(method, 'legacy')]).toEqual(['refuse', 'refuse']);
  });

  it.each(methods)('is what happens to %s on the stateless revision', async (method) => {
    const before = run.gateway.refusals.length;
    const { status, json } = await run.modern(method);
    if (treatmentOf(method, 'modern') === 'refuse') {
      expect([status, json.error?.code]).toEqual([404, -32601]);
      expect(run.gateway.refusals.slice(before)).toEqual(['method_refused']);
    } else {
      expect(json.error?.code).not.toBe(-32601);
    }
  });

  it.each(methods.filter((method) => method !== 'initialize'))('is what happens to %s in a session', async (method) => {
    const before = run.gateway.refusals.length;
    const { status, json } = await run.legacy(method, {}, session);
    expect(status).toBe(200);
    if (treatmentOf(method, 'legacy') === 'refuse') {
      expect(json.error?.code).toBe(-32601);
      expect(run.gateway.refusals.slice(before)).toEqual(['method_refused']);
    } else {
      expect(json.error?.code).not.toBe(-32601);
    }
  });

  it('lets nothing but tools/call reach the gateway as a call', () => {
    const calls = Object.entries(methodTable).filter(([, row]) => row.legacy === 'call' || row.modern === 'call');
    expect(calls.map(([method]) => method)).toEqual(['tools/call']);
    expect(run.gateway.calls).toEqual([]);
  });
});
