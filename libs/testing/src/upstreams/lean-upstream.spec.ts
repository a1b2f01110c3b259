import { spawnSync } from 'node:child_process';
import { leanCommand, spawnLeanUpstream } from './spawn-lean-upstream.ts';
import { startLeanUpstream } from './lean-upstream.ts';

async function post(url: string, method: string, params: object): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  return (await fetch(url, { method: 'POST', body })).json();
}

describe('the lean upstream', () => {
  it('refuses what it does not know, and counts what ran', async () => {
    const upstream = await startLeanUpstream({ remember: true, tools: 3 });
    expect(await post(upstream.url, 'prompts/list', {})).toMatchObject({ error: { code: -32601 } });
    expect(await post(upstream.url, 'tools/list', {})).toMatchObject({
      result: { tools: [{ name: 'echo' }, { name: 'echo_2' }, { name: 'echo_3' }] },
    });
    for (const message of ['a', 'b', 'a'])
      await post(upstream.url, 'tools/call', { name: 'echo', arguments: { message } });
    expect(upstream.calls()).toBe(3);
    expect([...upstream.effects]).toEqual([
      ['a', 2],
      ['b', 1],
    ]);
    await upstream.close();
  });

  it('runs as a process of its own', async () => {
    const upstream = await spawnLeanUpstream({ remember: true });
    await post(upstream.url, 'tools/call', { name: 'echo', arguments: { message: 'x' } });
    expect(await upstream.stats()).toMatchObject({ calls: 1, effects: { x: 1 }, cpu: { user: expect.any(Number) } });
    await upstream.close();
  });

  it('says at /events how far it is, before the answer', async () => {
    const upstream = await startLeanUpstream();
    const params = { name: 'echo', arguments: { message: 'x' }, _meta: { progressToken: 7 } };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
    const response = await fetch(new URL('/events', upstream.url), { method: 'POST', body });
    const [progress, answer] = (await response.text()).split('\n\n');
    expect(progress).toContain('"progressToken":7');
    expect(answer).toContain('"text":"x"');
    await upstream.close();
  });

  it('answers over standard streams', () => {
    const [node, ...program] = leanCommand();
    const params = { name: 'echo', arguments: { message: 'x' } };
    const input = `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })}\n`;
    const { stdout } = spawnSync(node, program, { input, encoding: 'utf8', env: {} });
    expect(JSON.parse(stdout)).toMatchObject({ id: 1, result: { content: [{ type: 'text', text: 'x' }] } });
  });
});
