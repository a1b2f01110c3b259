import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import {
  admin,
  anyTool,
  callTool,
  faultsIn,
  makeScratch,
  OPEN,
  operatorToken,
  recorded,
  recordedOf,
  runCli,
  type RunningSallyport,
  type Scratch,
  type ScriptedUpstream,
  startSallyport,
  startScriptedUpstream,
  textResult,
} from '@sallyport/testing/harness';

const WHO = { name: 'zerlina.quux', tenant: 'acme', roles: ['staff'], token: 'dev-zerlina-token' };
const OTHER = { name: 'otto.quux', tenant: 'acme', roles: ['finance'], token: 'dev-otto-token' };
const PLANTED = [
  'plantedvalue',
  'plantedkey',
  'plantedresult',
  'plantedask',
  'zerlina',
  'otto.quux',
  'dev-zerlina-token',
];
const POLICY = `${OPEN}@id("ask") @confirm("1 of finance") @ask("Do {note}?") forbid (principal, action, resource) when { context.arguments has note };\n`;

describe('what the running instance writes down', () => {
  let upstream: ScriptedUpstream;
  let scratch: Scratch;
  let sallyport: RunningSallyport;
  let callId: string;

  beforeAll(async () => {
    upstream = await startScriptedUpstream(
      [anyTool('run', { inputSchema: { type: 'object', properties: { note: { type: 'string' }, more: {} } } })],
      () => textResult('plantedresult'),
    );
    scratch = makeScratch({
      users: [WHO, OTHER],
      policies: { 'all.cedar': POLICY },
      config: {
        upstreams: { up: { url: upstream.url, definitions: 'trust_on_first_use' } },
        limits: [{ id: 'few', per: ['subject'], rate: '200/min', burst: 200, kind: 'attempt' }],
      },
    });
    sallyport = await startSallyport(scratch);
    const call = (args: object | string) => callTool(sallyport, WHO.token, ['up__run', args as never]);
    callId = (await call({ more: { plantedkey: 'plantedvalue' } })).meta?.id ?? '';
    await call({ unknownplantedkey: 1 });
    await call('{"note":"plantedvalue","note":"plantedvalue"}');
    const held = await call({ note: 'plantedask' });
    const args = ['approve', held.meta?.approval ?? '', '--yes', '--url', sallyport.url, '--token', OTHER.token];
    expect((await runCli(args, { cwd: scratch.directory })).code).toBe(0);
    expect((await call({ note: 'plantedask' })).meta?.decision).toBe('allow');
    await callTool(sallyport, WHO.token, ['up__nothing', { more: 'plantedvalue' }]);
    await Promise.all(Array.from({ length: 60 }, (_, n) => call({ more: `plantedvalue-${n}` })));
  }, 20_000);
  afterAll(async () => {
    await sallyport.stop();
    await upstream.close();
    scratch.remove();
  });

  it('has no gap, the right leaf hashes, and only events of the published schemas', () => {
    expect(recorded(scratch.data).length).toBeGreaterThan(120);
    expect(faultsIn(scratch.data)).toEqual([]);
  });

  it('holds no argument, no result, no question and no name in its events', () => {
    expect(faultsIn(scratch.data, PLANTED)).toEqual([]);
  });

  it('holds none of them in its log either', () => {
    for (const value of PLANTED) expect(sallyport.log()).not.toContain(value);
  });

  it('is made of canonical CloudEvents', () => {
    for (const { bytes, tenant, sequence, type } of recorded(scratch.data)) {
      const event = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
      expect(event).toMatchObject({ specversion: '1.0', type: `dev.sallyport.${type}.v1` });
      expect(Number(event['sequence'])).toBe(sequence);
      expect(Object.keys(event)).toEqual(Object.keys(event).sort());
      expect((event['data'] as { tenant: string }).tenant).toBe(tenant);
    }
  });

  it('has for each decision one outcome or a refusal, and for each allow a decision before', () => {
    const calls = new Map<string, string[]>();
    for (const { stream, type, data } of recorded(scratch.data)) {
      if (!stream.startsWith('call/')) continue;
      const step = type === 'call.decided' ? (data as { decision: string }).decision : type;
      calls.set(stream, [...(calls.get(stream) ?? []), step]);
    }
    const stories = new Set([...calls.values()].map((story) => story.join(' ')));
    expect([...stories].sort()).toEqual(['allow call.completed', 'deny', 'hold']);
  });

  it('can’t be changed, even by somebody who opens the file', () => {
    const db = new DatabaseSync(join(scratch.data, 'journal.db'), { timeout: 2_000 });
    expect(() => db.exec('DELETE FROM events')).toThrow('append-only');
    expect(() => db.exec("UPDATE events SET type = 'x'")).toThrow('append-only');
    db.close();
  });

  it('gives the values to who may see them, and that is on record', async () => {
    const { text } = await admin(sallyport, operatorToken(scratch.data), ['GET', `/calls/${callId}`]);
    expect(text).toContain('plantedvalue');
    expect(text).toContain('zerlina.quux');
    expect(recordedOf(scratch.data, 'admin.acted').at(-1)?.data).toMatchObject({ act: 'values.read', allowed: true });
    const explained = await runCli(['explain', callId, '--url', sallyport.url, '--config', scratch.config], {
      cwd: scratch.directory,
    });
    expect([explained.code, explained.stdout.includes('allow')]).toEqual([0, true]);
  });
});
