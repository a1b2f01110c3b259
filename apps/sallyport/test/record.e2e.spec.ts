import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import {
  admin,
  anyTool,
  callTool,
  faultsIn,
  OPEN,
  operatorToken,
  recorded,
  recordedOf,
  runCli,
  serveScripted,
  textResult,
  trusted,
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
  let callId: string;

  const served = serveScripted({
    tools: [anyTool('run', { inputSchema: { type: 'object', properties: { note: { type: 'string' }, more: {} } } })],
    behaviour: () => textResult('plantedresult'),
    users: [WHO, OTHER],
    policies: { 'all.cedar': POLICY },
    config: (url) => ({
      ...trusted(url),
      limits: [{ id: 'few', per: ['subject'], rate: '200/min', burst: 200, kind: 'attempt' }],
    }),
  });
  beforeAll(async () => {
    const call = (args: object | string) => callTool(served.sallyport, WHO.token, ['up__run', args as never]);
    callId = (await call({ more: { plantedkey: 'plantedvalue' } })).meta?.id ?? '';
    await call({ unknownplantedkey: 1 });
    await call('{"note":"plantedvalue","note":"plantedvalue"}');
    const held = await call({ note: 'plantedask' });
    const args = ['approve', held.meta?.approval ?? '', '--yes', '--url', served.sallyport.url, '--token', OTHER.token];
    expect((await runCli(args, { cwd: served.scratch.directory })).code).toBe(0);
    expect((await call({ note: 'plantedask' })).meta?.decision).toBe('allow');
    await callTool(served.sallyport, WHO.token, ['up__nothing', { more: 'plantedvalue' }]);
    await Promise.all(Array.from({ length: 60 }, (_, n) => call({ more: `plantedvalue-${n}` })));
  });

  it('has no gap, the right leaf hashes, and only events of the published schemas', () => {
    expect(recorded(served.scratch.data).length).toBeGreaterThan(120);
    expect(faultsIn(served.scratch.data)).toEqual([]);
  });

  it('holds no argument, no result, no question and no name in its events', () => {
    expect(faultsIn(served.scratch.data, PLANTED)).toEqual([]);
  });

  it('holds none of them in its log either', () => {
    for (const value of PLANTED) expect(served.sallyport.log()).not.toContain(value);
  });

  it('is made of canonical CloudEvents', () => {
    for (const { bytes, tenant, sequence, type } of recorded(served.scratch.data)) {
      const event = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
      expect(event).toMatchObject({ specversion: '1.0', type: `dev.sallyport.${type}.v1` });
      expect(Number(event['sequence'])).toBe(sequence);
      expect(Object.keys(event)).toEqual(Object.keys(event).sort());
      expect((event['data'] as { tenant: string }).tenant).toBe(tenant);
    }
  });

  it('has for each decision one outcome or a refusal, and for each allow a decision before', () => {
    const calls = new Map<string, string[]>();
    for (const { stream, type, data } of recorded(served.scratch.data)) {
      if (!stream.startsWith('call/')) continue;
      const step = type === 'call.decided' ? (data as { decision: string }).decision : type;
      calls.set(stream, [...(calls.get(stream) ?? []), step]);
    }
    const stories = new Set([...calls.values()].map((story) => story.join(' ')));
    expect([...stories].sort()).toEqual(['allow call.completed', 'deny', 'hold']);
  });

  it('can’t be changed, even by somebody who opens the file', () => {
    const db = new DatabaseSync(join(served.scratch.data, 'journal.db'), { timeout: 2_000 });
    expect(() => db.exec('DELETE FROM events')).toThrow('append-only');
    expect(() => db.exec("UPDATE events SET type = 'x'")).toThrow('append-only');
    db.close();
  });

  it('gives the values to who may see them, and that is on record', async () => {
    const { text } = await admin(served.sallyport, operatorToken(served.scratch.data), ['GET', `/calls/${callId}`]);
    expect(text).toContain('plantedvalue');
    expect(text).toContain('zerlina.quux');
    expect(recordedOf(served.scratch.data, 'admin.acted').at(-1)?.data).toMatchObject({
      act: 'values.read',
      allowed: true,
    });
    const explained = await served.cli('explain', callId);
    expect([explained.code, explained.stdout.includes('allow')]).toEqual([0, true]);
  });
});
