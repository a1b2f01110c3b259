import { clientOf, entryAt } from './clients.ts';
import { readClientFile, withEntry, withoutEntry } from './client-file.ts';

const read = (text: string, file = '/p/mcp.json') => readClientFile(text, file, '/users/me');
const placesOf = (text: string, file?: string) => {
  const answer = read(text, file);
  return answer.ok ? answer.lists.map(({ place, servers }) => [place.join('.'), Object.keys(servers)]) : answer.message;
};

describe('a client’s file', () => {
  it.each([
    ['', 'it is not JSON: ValueExpected in line 1'],
    ['[]', 'it is not a JSON object'],
    ['{}', 'it has no "mcpServers"'],
    ['{"mcpServers":[]}', 'it has no "mcpServers"'],
    ['{\n"mcpServers": {\n "a" 7}}', 'it is not JSON: ColonExpected in line 3'],
  ])('refuses %j', (text, why) => expect(placesOf(text)).toContain(why));

  it.each([
    ['{"mcpServers": {"a": {}}}', 'mcpServers'],
    ['\ufeff{"mcpServers": {"a": {}}}', 'mcpServers'],
    ['{ // mine\n"servers": {"a": {},}, /* x */ }', 'servers'],
    ['{"editor.tabSize": 2, "mcp": {"servers": {"a": {}}}}', 'mcp.servers'],
    ['{"folders": [], "settings": {"mcp": {"servers": {"a": {}}}}}', 'settings.mcp.servers'],
    ['{"context_servers": {"a": {}}}', 'context_servers'],
  ])('reads %j', (text, place) => expect(placesOf(text)).toEqual([[place, ['a']]]));

  it('reads the servers of single projects, with those that are switched off there', () => {
    const projects = { '/a': { mcpServers: { x: {} }, disabledMcpServers: ['x'] }, '/b': { mcpServers: { y: {} } } };
    const answer = read(JSON.stringify({ mcpServers: { z: {} }, projects }), '/users/me/.claude.json');
    expect(answer).toMatchObject({
      lists: [
        { servers: { z: {} }, off: [], folder: null },
        { servers: { x: {} }, off: ['x'], folder: '/a' },
        { servers: { y: {} }, off: [], folder: '/b' },
      ],
    });
  });

  it.each([
    ['/u/claude_desktop_config.json', ['mcpServers'], 'Claude Desktop', 'command'],
    ['/p/.mcp.json', ['mcpServers'], 'Claude Code', 'type,url,headers'],
    ['/p/.cursor/mcp.json', ['mcpServers'], 'Cursor', 'url,headers'],
    ['/p/.vscode/mcp.json', ['servers'], 'VS Code', 'type,url,headers'],
    ['/u/settings.json', ['mcp', 'servers'], 'VS Code', 'type,url,headers'],
    ['/u/.codeium/windsurf/mcp_config.json', ['mcpServers'], 'Windsurf', 'serverUrl,headers'],
    ['/u/.config/zed/settings.json', ['context_servers'], 'Zed', 'url,headers'],
  ])('%s gets the entry that its client takes', (file, place, name, keys) => {
    const client = clientOf(file, place);
    const connection = { url: 'http://h', token: 't', program: { command: 'node', args: ['s', 'stdio'] } };
    const entry = (client.http ?? client.stdio)(connection);
    expect([client.name, Object.keys(entry).join()]).toEqual([name, expect.stringContaining(keys)]);
    expect(client.stdio(connection)).toMatchObject({ command: 'node', env: { SALLYPORT_TOKEN: 't' } });
    expect(Object.keys(entryAt(place, entry))).toEqual([place[0]]);
  });

  const before = `\ufeff{
    // what I use
    "mcpServers": {
        "files": { "command": "f" }, // files
        "off": { "command": "o", "disabled": true },
    },
    "theme": "dark", // mine
}\n`;
  const change = {
    place: ['mcpServers'],
    entry: { url: 'http://h/mcp' },
    gone: [{ place: ['mcpServers'], name: 'files' }],
  };

  it('gets our entry in the place of those that are guarded, and keeps everything else', () => {
    const after = withEntry(before, change);
    expect(read(after)).toMatchObject({
      lists: [{ servers: { off: { disabled: true }, sallyport: { url: 'http://h/mcp' } } }],
    });
    expect(placesOf(after)).toEqual([['mcpServers', ['off', 'sallyport']]]);
    for (const kept of ['\ufeff', '// what I use', '"theme": "dark", // mine\n}\n', '        "off"'])
      expect(after).toContain(kept);
  });

  it('gets its servers back letter by letter, and keeps what was changed since', () => {
    const after = withEntry(before, change);
    expect(withoutEntry(after, before)).toBe(before);
    expect(withoutEntry(after.replace('"dark"', '"light"'), before)).toBe(before.replace('"dark"', '"light"'));
    expect(placesOf(withoutEntry('{"theme": "light"}', before) ?? '')).toEqual([['mcpServers', ['files', 'off']]]);
  });

  it('gets nothing back where it, or what was kept of it, is not JSON any more', () => {
    expect([withoutEntry('{"theme": ', before), withoutEntry('{}', before.slice(5))]).toEqual([null, null]);
  });

  it('gets its servers back in every place that was changed', () => {
    const text = JSON.stringify({ mcpServers: { a: {} }, projects: { '/a': { mcpServers: { b: {} } } } });
    const gone = [
      { place: ['mcpServers'], name: 'a' },
      { place: ['projects', '/a', 'mcpServers'], name: 'b' },
    ];
    const after = withEntry(text, { ...change, gone });
    expect(after).not.toMatch(/"[ab]"/);
    expect(JSON.parse(withoutEntry(after, text) ?? '')).toEqual(JSON.parse(text));
  });
});
