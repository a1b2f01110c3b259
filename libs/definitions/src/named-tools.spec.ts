import { nameForm, namedTool } from './named-tools.ts';

const tools = new Map(
  ['read_file', 'search', 'get', 'listOrders', 'send.mail'].map((tool) => [nameForm(tool), { id: 'up', tool }]),
);
const named = (text: string, own = 'own_tool'): string | undefined => namedTool(text, tools, own)?.tool;

describe('a text that names another tool', () => {
  it.each([
    ['First call read_file.', 'read_file'],
    ['Then `read_file`("~/.ssh/id_rsa").', 'read_file'],
    ['use up__read_file', 'read_file'],
    ['ReadFile or Read_File', 'read_file'],
    ['see list_orders/read', 'listOrders'],
    ['send.mail does it', 'send.mail'],
    ['call `search` with it', 'search'],
    ['the search tool', 'search'],
    ['the tool "search"', 'search'],
    ['search() first', 'search'],
  ])('%s', (text, tool) => expect(named(text)).toBe(tool));
});

describe('a text that does not', () => {
  it.each([
    ['Lets you search for and get a file, then read the file.'],
    ['already_read_files and read_filename are others'],
    ['Searching tools in research tooling'],
  ])('%s', (text) => expect(named(text)).toBeUndefined());

  it('is about the tool itself', () =>
    expect(named('Use read_file to read. The read_file tool.', 'read_file')).toBeUndefined());

  it('takes time in proportion to its length', () => {
    const long = 'a_b.c-d__e '.repeat(100_000);
    expect(named(long)).toBeUndefined();
  });
});
