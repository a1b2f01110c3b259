import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  ANN,
  faultsIn,
  type LibraryServer,
  makeScratch,
  recordedOf,
  refusal,
  serve,
  startLibraryServer,
  storyOf,
  trusted,
} from '@sallyport/testing/harness';

const policies = {
  'library.cedar': `
@id("tools") permit (principal, action, resource is Tool);
@id("prompts") permit (principal, action == Action::"mcp:prompts/get", resource in Mcp::Upstream::"up")
  unless { resource.name == "hidden" };
@id("genres") permit (principal, action == Action::"mcp:resources/read", resource is Mcp::Resource)
  when { resource.uri like "book://genre*" };
@id("keys") @hard forbid (principal, action == Action::"mcp:resources/read", resource)
  when { resource.mime == "application/x-pem-file" };
@id("completions") permit (principal, action == Action::"mcp:completion/complete", resource);
`,
};

describe('prompts and resources of a server that offers them', () => {
  let library: LibraryServer;
  beforeAll(async () => {
    library = await startLibraryServer();
  });
  const served = serve(() =>
    makeScratch({ policies, config: trusted(library.url, { offers: ['tools', 'prompts', 'resources'] }) }),
  );
  afterAll(() => library.close());

  async function connected(kind: 'modern' | 'legacy' | 'v1', path: string) {
    const endpoint = new URL(`${served.sallyport.url}${path}`);
    const options = { requestInit: { headers: { authorization: `Bearer ${ANN.token}` } } };
    if (kind === 'v1') {
      const client = new ClientV1({ name: 'e2e', version: '1' });
      await client.connect(new TransportV1(endpoint, options) as Parameters<ClientV1['connect']>[0]);
      return client;
    }
    const mode = kind === 'modern' ? { pin: '2026-07-28' } : ('legacy' as const);
    const client = new Client({ name: 'e2e', version: '1' }, { versionNegotiation: { mode } });
    await client.connect(new StreamableHTTPClientTransport(endpoint, options));
    return client;
  }

  describe.each(['modern', 'legacy', 'v1'] as const)('by a client of the SDK, %s', (kind) => {
    it('does not read what policies hide, and nothing of it reaches the server', async () => {
      const client = await connected(kind, '/mcp/up');
      library.heard.length = 0;
      const read = await refusal(client.readResource({ uri: 'book://private/diary' }));
      expect(read).toMatchObject({ code: -32000, reason: 'not_permitted' });
      expect(storyOf(served.scratch.data, read.id ?? '')).toEqual(['deny', 'not_permitted']);
      expect(await refusal(client.readResource({ uri: 'book://genre/key' }))).toMatchObject({ reason: 'forbidden' });
      const spelled = await refusal(client.readResource({ uri: 'book://genre/../private/diary' }));
      expect(spelled.reason).toBe('not_normal_form');
      expect(await refusal(client.getPrompt({ name: 'hidden' }))).toMatchObject({ code: -32602 });
      expect(await refusal(client.getPrompt({ name: 'none' }))).toMatchObject({ code: -32602 });
      const unnamed = await refusal(client.getPrompt({ name: 'review', arguments: { other: 'x' } }));
      expect(unnamed.reason).toBe('invalid_arguments');
      expect(library.heard.filter((one) => /^(prompts\/get|resources\/read)/.test(one))).toEqual([]);
      await client.close();
    });

    it('lists, gets, reads and completes under the server’s own names at its own endpoint', async () => {
      const client = await connected(kind, '/mcp/up');
      expect((await client.listPrompts()).prompts.map(({ name }) => name)).toEqual(['review']);
      expect((await client.listResources()).resources.map(({ uri }) => uri)).toEqual(['book://genre/1']);
      const { resourceTemplates } = await client.listResourceTemplates();
      expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual(['book://genres/{name}']);
      const got = await client.getPrompt({ name: 'review', arguments: { genre: 'novels' } });
      expect(got.messages[0]?.content).toMatchObject({ text: 'Review novels.' });
      expect(await client.readResource({ uri: 'book://genres/notes' })).toMatchObject({
        contents: [{ uri: 'book://genres/notes', text: 'All notes.' }],
      });
      const completed = await client.complete({
        ref: { type: 'ref/prompt', name: 'review' },
        argument: { name: 'genre', value: 'n' },
      });
      expect(completed.completion.values).toEqual(['novels', 'notes']);
      const template = { type: 'ref/resource' as const, uri: 'book://genres/{name}' };
      expect(
        (await client.complete({ ref: template, argument: { name: 'name', value: 'no' } })).completion.values,
      ).toEqual(['novels', 'notes']);
      await client.close();
    });

    it('has names and URIs with the server’s id where those of all servers stand together', async () => {
      const client = await connected(kind, '/mcp');
      expect((await client.listPrompts()).prompts.map(({ name }) => name)).toEqual(['up__review']);
      expect((await client.listResources()).resources.map(({ uri }) => uri)).toEqual(['up+book://genre/1']);
      const { contents } = await client.readResource({ uri: 'up+book://genre/1' });
      expect(contents).toEqual([{ uri: 'up+book://genre/1', mimeType: 'text/plain', text: 'Once upon a time.' }]);
      const got = await client.getPrompt({ name: 'up__review', arguments: { genre: 'notes' } });
      expect(got.messages[1]?.content).toMatchObject({ resource: { uri: 'up+book://genre/1' } });
      const { content } = (await client.callTool({ name: 'up__find', arguments: {} })) as { content: unknown[] };
      expect(content[1]).toMatchObject({ type: 'resource_link', uri: 'up+book://genre/1' });
      await client.close();
    });
  });

  it('leaves a sound record that has no URI in the clear', () => {
    expect(faultsIn(served.scratch.data, ['genre/1', 'diary'])).toEqual([]);
    const decided = recordedOf(served.scratch.data, 'call.decided').map(({ data }) => data);
    const read = decided.find(({ action }) => action === 'resources/read');
    expect(read).toMatchObject({ tool: 'resource:*', target: { kind: 'resource', name: '*' }, upstream: 'up' });
    expect(read?.resources).toMatchObject([{ type: 'Mcp::Resource', status: 'resolved' }]);
    expect(decided.find(({ action }) => action === 'prompts/get')).toMatchObject({ target: { kind: 'prompt' } });
  });
});
