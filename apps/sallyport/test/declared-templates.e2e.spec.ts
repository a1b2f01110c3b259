import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import {
  ANN,
  decisionOn,
  faultsIn,
  type LibraryServer,
  makeScratch,
  runCli,
  refusal,
  serve,
  startLibraryServer,
  trusted,
} from '@sallyport/testing/harness';

const policies = {
  'library.cedar': `
@id("tools") permit (principal, action, resource is Tool);
@id("library") permit (principal, action, resource in Mcp::Upstream::"up");
@id("own") permit (principal, action, resource is Genre) when { resource.owner == principal };
`,
  'cases.yaml': `
cases:
  - name: reads what is hers
    subject: { id: ann, roles: [staff] }
    upstream: up
    resource: book://genres/novels
    resources: [{ type: Genre, id: novels, owner: ann }]
    expect: allow
  - name: does not read what is not
    subject: { id: ann, roles: [staff] }
    upstream: up
    resource: book://genres/notes
    resources: [{ type: Genre, id: notes, owner: ben }]
    expect: deny
    reason: not_owner
  - name: does not read what nobody knows
    subject: { id: ann, roles: [staff] }
    upstream: up
    resource: book://genres/poems
    expect: deny
    reason: object_unresolved
  - name: reads what is of no template
    subject: { id: ann, roles: [staff] }
    upstream: up
    resource: book://genre/1
    expect: allow
`,
};
const resolver = {
  ...{ tool: 'owner_of', argument: 'genre', owner: '/structuredContent/owner' },
  ...{ sample: 'novels', attributes: {} },
};
const genre = (argument: string) => ({ resources: [{ argument, type: 'Genre', resolver }] });

describe('a template whose variable names an object', () => {
  let library: LibraryServer;
  beforeAll(async () => {
    library = await startLibraryServer();
  });
  const config = (more: object = {}) =>
    trusted(library.url, {
      offers: ['tools', 'prompts', 'resources'],
      templates: { 'book://genres/{name}': genre('name') },
      prompts: { review: genre('genre') },
      ...more,
    });
  const served = serve(() => makeScratch({ policies, config: config() }));
  afterAll(() => library.close());

  async function connected(path = '/mcp/up') {
    const client = new Client({ name: 'e2e', version: '1' });
    const options = { requestInit: { headers: { authorization: `Bearer ${ANN.token}` } } };
    await client.connect(new StreamableHTTPClientTransport(new URL(`${served.sallyport.url}${path}`), options));
    return client;
  }

  it('is not read where the object is another’s, unknown, or unclear, and nothing of it reaches the server', async () => {
    const client = await connected();
    library.heard.length = 0;
    const read = (uri: string) => refusal(client.readResource({ uri }));
    expect(await read('book://genres/notes')).toMatchObject({ code: -32000, reason: 'not_owner' });
    expect(await read('book://genres/poems')).toMatchObject({ reason: 'object_unresolved' });
    expect(await read('book://genres/novels?as=notes')).toMatchObject({ reason: 'object_unresolved' });
    expect(await read('book://genres/novels%2Fnotes')).toMatchObject({ reason: 'not_normal_form' });
    expect(await read('book://genres/novels,notes')).toMatchObject({ reason: 'bulk_argument' });
    expect(await read('book://genres/*')).toMatchObject({ reason: 'wildcard_argument' });
    expect(library.heard.filter((one) => one.startsWith('resources/read'))).toEqual([]);
    await client.close();
  });

  it('is not read under the names of all servers either', async () => {
    const client = await connected('/mcp');
    expect(await refusal(client.readResource({ uri: 'up+book://genres/notes' }))).toMatchObject({
      reason: 'not_owner',
    });
    await client.close();
  });

  it('is read where the object is the caller’s, and the record says so', async () => {
    const client = await connected();
    const { contents, _meta } = await client.readResource({ uri: 'book://genres/novels' });
    expect(contents).toMatchObject([{ text: 'All novels.' }]);
    const { id } = (_meta as Record<string, { id: string }>)['dev.sallyport/decision'] ?? { id: '' };
    expect(decisionOn(served.scratch.data, id).resources).toMatchObject([
      { type: 'Mcp::Resource', status: 'resolved' },
      { type: 'Genre', status: 'resolved' },
    ]);
    const encoded = await client.readResource({ uri: 'book://genres/caf%C3%A9' });
    expect(encoded.contents).toHaveLength(1);
    expect(await client.readResource({ uri: 'book://genre/1' })).toMatchObject({ contents: [{}] });
    await client.close();
  });

  it('names objects by arguments of prompts, and by what was chosen before a completion', async () => {
    const client = await connected();
    const get = (name: string) => client.getPrompt({ name: 'review', arguments: { genre: name } });
    expect(await refusal(get('notes'))).toMatchObject({ reason: 'not_owner' });
    expect((await get('novels')).messages).toHaveLength(2);
    const complete = (chosen: string) =>
      client.complete({
        ref: { type: 'ref/resource', uri: 'book://genres/{name}' },
        argument: { name: 'other', value: 'n' },
        context: { arguments: { name: chosen } },
      });
    expect(await refusal(complete('notes'))).toMatchObject({ reason: 'not_owner' });
    const open = { ref: { type: 'ref/resource' as const, uri: 'book://genres/{name}' } };
    const completed = await client.complete({ ...open, argument: { name: 'name', value: 'no' } });
    expect(completed.completion.values).toEqual(['novels', 'notes']);
    await client.close();
  });

  it('leaves a sound record without names', () => {
    expect(faultsIn(served.scratch.data, ['novels', 'notes'])).toEqual([]);
  });

  it('is tested by cases of its author', async () => {
    const { code, stdout } = await runCli(['policy', 'test', '--config', served.scratch.config], {
      cwd: served.scratch.directory,
    });
    expect([code, stdout.match(/"ok":true/g)?.length]).toEqual([0, 4]);
  });

  it('fails the check where the server lists no such template, or the template no such variable', async () => {
    const other = makeScratch({ policies, config: config({ templates: { 'book://genre/{id}': genre('id') } }) });
    const checked = await runCli(['check', '--offline', '--config', other.config], { cwd: other.directory });
    expect([checked.code, checked.stdout + checked.stderr]).toEqual([
      1,
      expect.stringMatching(
        /"about":"template up\/book:\/\/genre\/\{id\}","fires":false,"detail":"the server does not list it"/,
      ),
    ]);
    other.configure(config({ templates: { 'book://genres/{name}': genre('nam') } }));
    const named = await runCli(['check', '--offline', '--config', other.config], { cwd: other.directory });
    expect(named.code).not.toBe(0);
    expect(named.stdout + named.stderr).toContain('nam must stand in the template once, as {nam}');
    other.configure(config({ prompts: { review: genre('gerne') } }));
    const prompt = await runCli(['check', '--offline', '--config', other.config], { cwd: other.directory });
    expect(prompt.code).not.toBe(0);
    expect(prompt.stdout + prompt.stderr).toContain('/genre');
    other.remove();
  });
});
