import { type JsonObject, listings, type Outcome } from '@sallyport/contracts';
import { eachPage } from './list-pages.ts';

const log = () => undefined;
const capabilities = { tools: {}, prompts: {}, resources: {} };
const tool = (name: string, size = 0) => ({ name, description: 'x'.repeat(size), inputSchema: { type: 'object' } });
const unknown: Outcome = { kind: 'error', code: -32601, message: 'Method not found' };

/** A server whose list has these pages. */
function serverOf(pages: readonly (readonly object[])[], items = 'tools') {
  const asked: JsonObject[] = [];
  const methods = new Set<string>();
  const ask = async (method: string, params: JsonObject): Promise<Outcome> => {
    methods.add(method);
    const at = asked.push(params);
    const result = { [items]: [...(pages[at - 1] ?? [])] as JsonObject[] };
    return { kind: 'result', result: { ...result, ...(at < pages.length && { nextCursor: `${at}` }) } };
  };
  return { server: { ask, capabilities, log }, asked, methods };
}

describe('the pages of a list', () => {
  it('are refused when they are too long together, however short each is', async () => {
    const { server, asked } = serverOf(Array.from({ length: 50 }, (_, at) => [tool(`t${at}`, 1024 * 1024)]));
    await expect(eachPage('tool', server)).rejects.toThrow(/^more than 4194304 characters of tools/);
    expect(asked).toHaveLength(4);
  });

  it('lack the tool that can not be pinned, which is logged, and no other', async () => {
    const deep = JSON.parse(`${'{"a":'.repeat(1_100)}1${'}'.repeat(1_100)}`) as JsonObject;
    const halved = { ...tool('halved'), description: 'Cut \ud83d' };
    const logged: unknown[] = [];
    const { server } = serverOf([[halved, tool('good'), { ...tool('deep'), _meta: deep }]]);
    const tools = await eachPage('tool', {
      ...server,
      log: (_, why, about) => void logged.push([about?.['tool'], why]),
    });
    expect(tools.map(({ name }) => name)).toEqual(['good']);
    expect(logged).toEqual([
      ['halved', 'tool left out: A string holds half of a surrogate pair.'],
      ['deep', expect.stringMatching(/^tool left out: .*1,?000/)],
    ]);
  });

  it('are refused when there is always one more', async () => {
    const { server } = serverOf(Array.from({ length: 101 }, (_, at) => [tool(`t${at}`)]));
    await expect(eachPage('tool', server)).rejects.toThrow('more than 100 pages');
  });

  it('are refused when they hold too many, however short they are', async () => {
    const pageOf = (page: number) => Array.from({ length: 1_000 }, (_, at) => tool(`t${page}-${at}`));
    const { server } = serverOf([...Array.from({ length: 10 }, (_, page) => pageOf(page)), [tool('last')]]);
    await expect(eachPage('tool', server)).rejects.toThrow('more than 10000 tools');
  });

  it.each([
    ['the same cursor again', ['', '', '']],
    ['another cursor each time', ['1', '2', '3']],
  ])('end with one that holds nothing new, though the server names %s', async (_, cursors) => {
    let asked = 0;
    const ask = async (): Promise<Outcome> => ({
      kind: 'result',
      result: { tools: [tool('a')] as JsonObject[], nextCursor: cursors[asked++] ?? '' },
    });
    expect((await eachPage('tool', { ask, capabilities, log })).map(({ name }) => name)).toEqual(['a']);
    expect(asked).toBe(2);
  });

  it.each([
    ['tool', 'tools/list', 'tools', 'name'],
    ['prompt', 'prompts/list', 'prompts', 'name'],
    ['resource', 'resources/list', 'resources', 'uri'],
    ['template', 'resources/templates/list', 'resourceTemplates', 'uriTemplate'],
  ] as const)('of the kind %s are one list, without what repeats', async (kind, method, items, key) => {
    const logged: string[] = [];
    const { server, asked, methods } = serverOf(
      [
        [{ [key]: 'a' }, { [key]: 'b' }],
        [{ [key]: 'a' }, 7 as never, { [key]: 'c' }],
      ],
      items,
    );
    const listed = await eachPage(kind, { ...server, log: (_, why) => void logged.push(why) });
    expect(listed).toEqual([{ [key]: 'a' }, { [key]: 'b' }, { [key]: 'c' }]);
    expect(asked).toEqual([{}, { cursor: '1' }]);
    expect([...methods]).toEqual([method]);
    expect(logged).toEqual([`${kind} listed twice, the first one counts`, `entry of ${method} is not a ${kind}`]);
  });
});

describe('a server', () => {
  it.each(['prompt', 'resource', 'template'] as const)(
    'that declares no %s lists none, and is not asked',
    async (kind) => {
      const { server, asked } = serverOf([[{ name: 'a', uri: 'a:b', uriTemplate: 'a:{b}' }]], listings[kind].items);
      expect(await eachPage(kind, { ...server, capabilities: { tools: {} } })).toEqual([]);
      expect(asked).toEqual([]);
    },
  );

  it('that declares nothing is asked for tools all the same', async () => {
    expect(await eachPage('tool', { ...serverOf([[tool('a')]]).server, capabilities: {} })).toHaveLength(1);
  });

  it.each([
    ['prompt', capabilities],
    ['template', capabilities],
    ['tool', { prompts: {} }],
  ] as const)('that does not know the method for a %s lists none', async (kind, declared) => {
    expect(await eachPage(kind, { ask: async () => unknown, capabilities: declared, log })).toEqual([]);
  });

  it('that denies the tools that it declares can not be asked: they are kept as they were', async () => {
    const denying = { ask: async () => unknown, capabilities, log };
    await expect(eachPage('tool', denying)).rejects.toThrow('Method not found');
  });
});
