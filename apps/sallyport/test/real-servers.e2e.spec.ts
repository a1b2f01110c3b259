import { readFileSync } from 'node:fs';
import { connect, faultsIn, type Kind, makeShopScratch, serve, storyOf } from '@sallyport/testing/harness';

describe('the published servers behind the running shop', () => {
  const served = serve(() => makeShopScratch());

  it.each<Kind>(['v2 modern', 'v2 legacy', 'v1'])('serve a client of the SDK, %s', async (kind) => {
    const alice = await connect(kind, served.sallyport.url, 'dev-alice');
    const listed = await alice.call('files__list_allowed_directories', {});
    expect(listed.meta?.decision).toBe('allow');
    const write = alice.call('files__write_file', { path: `${served.scratch.directory}/files/x`, content: 'x' });
    await expect(write).rejects.toThrow('Unknown tool: files__write_file');
    expect(() => readFileSync(`${served.scratch.directory}/files/x`)).toThrow('ENOENT');
    const path = `${served.scratch.directory}/other.txt`;
    const outside = await alice.call('files__read_text_file', { path });
    // What the call named itself may be said again, and the folder that is shared; nothing else of this machine.
    const rest = outside.said.replaceAll(path, '').replaceAll(`${served.scratch.directory}/files`, '');
    expect([outside.isError, rest]).toEqual([true, expect.stringContaining('Access denied')]);
    expect(rest).not.toMatch(/\/\w+\/\w+/);
    await alice.close();

    const erin = await connect(kind, served.sallyport.url, 'dev-erin');
    const entities = [{ name: `n-${kind}`, entityType: 'note', observations: ['seen'] }];
    const made = await erin.call('memory__create_entities', { entities });
    expect(storyOf(served.scratch.data, made.meta?.id ?? '')).toEqual(['allow', 'allowed', 'call.completed']);
    const graph = await erin.call('memory__search_nodes', { query: `n-${kind}` });
    expect(JSON.stringify(graph.result)).toContain('seen');
    await erin.close();
  });

  it('are reached without prefixes at an endpoint of their own', async () => {
    const erin = await connect('v2 modern', served.sallyport.url, 'dev-erin', { path: '/mcp/memory' });
    expect(await erin.list()).toContain('read_graph');
    expect((await erin.call('read_graph', {})).meta?.decision).toBe('allow');
    await erin.close();
  });

  it('leave a sound record', () => expect(faultsIn(served.scratch.data)).toEqual([]));
});
