import { basename } from 'node:path';
import type { Place } from './client-file.ts';

/** How a client reaches Sallyport: over HTTP, or by a program that it starts. */
export interface Connection {
  readonly url: string;
  readonly token: string;
  /** `sallyport stdio` as it is started from every folder. */
  readonly program: { readonly command: string; readonly args: readonly string[] };
}

/** A client: what it is called, and how it writes an entry. */
export interface Client {
  readonly name: string;
  /** Null for a client that can only start programs. */
  readonly http: ((connection: Connection) => object) | null;
  readonly stdio: (connection: Connection) => object;
}

const bearer = (token: string): object => ({ Authorization: `Bearer ${token}` });

function stdio({ program: { command, args }, token }: Connection): object {
  return { command, args, env: { SALLYPORT_TOKEN: token } };
}

function httpEntry({ url, token }: Pick<Connection, 'url' | 'token'>): object {
  return { url: `${url}/mcp`, headers: bearer(token) };
}

const plain: Client = {
  name: 'the client',
  http: httpEntry,
  stdio,
};
const typed: Client = {
  ...plain,
  http: (connection) => ({ type: 'http', ...httpEntry(connection) }),
  stdio: (connection) => ({ type: 'stdio', ...stdio(connection) }),
};
const windsurf: Client = {
  name: 'Windsurf',
  http: ({ url, token }) => ({ serverUrl: `${url}/mcp`, headers: bearer(token) }),
  stdio,
};

const byFile: Readonly<Record<string, Client>> = {
  'claude_desktop_config.json': { name: 'Claude Desktop', http: null, stdio },
  '.mcp.json': { ...typed, name: 'Claude Code' },
  '.claude.json': { ...typed, name: 'Claude Code' },
  'mcp_config.json': windsurf,
};

/** The client whose file this is, by the file's name and by where its servers stand. */
export function clientOf(file: string, place: Place): Client {
  if (place.at(-1) === 'context_servers') return { ...plain, name: 'Zed' };
  if (place.at(-1) === 'servers') return { ...typed, name: 'VS Code' };
  return byFile[basename(file)] ?? (file.includes('.cursor') ? { ...plain, name: 'Cursor' } : plain);
}

/** The entry of a client that nothing is known of, in `mcpServers`. */
export function usualEntry({ url, token }: Pick<Connection, 'url' | 'token'>): object {
  return entryAt(['mcpServers'], httpEntry({ url, token }));
}

/** The entry at its place, as it stands in the client's file. */
export function entryAt(place: Place, entry: object): object {
  return [...place, 'sallyport'].reduceRight<object>((inner, key) => ({ [key]: inner }), entry);
}
