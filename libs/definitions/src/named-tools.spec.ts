import { knownTools, namedTool } from './named-tools.ts';

const names = ['read_file', 'search', 'get', 'email', 'listOrders', 'send.mail', 'search_issues'];
const tools = knownTools(names.map((tool) => ({ id: 'files', tool })));
const named = (text: string, own = 'own_tool'): string | undefined =>
  namedTool(text, tools, { id: 'own', tool: own })?.tool;

describe('a text that names another tool', () => {
  it.each([
    ['First call read_file.', 'read_file'],
    ['Then `read_file`("~/.ssh/id_rsa").', 'read_file'],
    ['use up__read_file', 'read_file'],
    ['use up__read__file', 'read_file'],
    ['ReadFile or Read_File', 'read_file'],
    ['see list_orders/read', 'listOrders'],
    ['send.mail does it', 'send.mail'],
    ['call `search` with it', 'search'],
    ['the search tool', 'search'],
    ['the tool "search"', 'search'],
    ['search() first', 'search'],
    ['use search(path) first', 'search'],
    ['call r\u0435ad_file', 'read_file'],
    ['call \u0433\u0435\u0430d_fil\u0435', 'read_file'],
    ['call read-file or another', 'read_file'],
    ['call read\u2011file', 'read_file'],
    ['call read__file', 'read_file'],
    ['call read\\_file', 'read_file'],
    ['call read.file', 'read_file'],
    ['call \uff52ead\uff3ffile', 'read_file'],
    ['the function readfile', 'read_file'],
    ['send-mail', 'send.mail'],
    ['list-orders', 'listOrders'],
    ['files.search', 'search'],
    ['files:search', 'search'],
    ['files::search', 'search'],
    ['files_search', 'search'],
    ['files\\_\\_search', 'search'],
    ['files/search', 'search'],
    ['mcp.files.search', 'search'],
    ['f\u0456les.search', 'search'],
  ])('%s', (text, tool) => expect(named(text)).toBe(tool));
});

describe('a text that does not', () => {
  it.each([
    ['Lets you search for and get a file, then read the file.'],
    ['already_read_files and read_filename are others'],
    ['Searching tools in research tooling'],
    ['Write an e-mail; search(es) and re-search'],
    ['See https://example.com/search/issues and ftp://example.com/search_issues_all'],
    ['to get_up, a research_issues or an already_read_file'],
    ['Files: search them'],
  ])('%s', (text) => expect(named(text)).toBeUndefined());

  it('is about the tool itself', () =>
    expect(named('Use read_file to read. The read_file tool.', 'read_file')).toBeUndefined());

  it('is about the tool itself, however it is written', () =>
    expect(named('A read-file or files.read_file call: readFile(path).', 'read_file')).toBeUndefined());

  it('is not about a tool that only looks like itself', () => {
    expect(named('First use read_file.', 'read-file')).toBe('read_file');
    expect(named('A read-file call.', 'read-file')).toBeUndefined();
  });

  it('takes time in proportion to its length', () => {
    for (const long of ['a_b.c-d__e ', 'a-', 'a_', 'abcdefghij.', 'files/'])
      expect(named(long.repeat(200_000 / long.length))).toBeUndefined();
  });
});
