/** One server of an `mcpServers` file, as clients write it. */
export interface McpServer {
  readonly name: string;
  readonly command: string | null;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | null;
  readonly url: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** The older HTTP+SSE transport, which is not spoken here. */
  readonly sse: boolean;
}

export type McpServersAnswer =
  | {
      readonly ok: true;
      readonly servers: readonly McpServer[];
      /** Which servers were left out, and why. */
      readonly leftOut: readonly string[];
    }
  | { readonly ok: false; readonly message: string };

/**
 * Reads the servers of a client's file: `mcpServers` of Cursor and Claude, `servers` of VS Code. Servers that are
 * switched off are left out, and so is an entry of ours: a gateway that guards itself would ask itself without end.
 */
export function readMcpServers(text: string): McpServersAnswer {
  const file = parsedObject(text);
  if (file === null)
    return { ok: false, message: 'it is not a JSON object (comments and trailing commas are not JSON)' };
  const listed = file['mcpServers'] ?? file['servers'];
  if (!isObject(listed)) return { ok: false, message: 'it has no "mcpServers"' };
  const servers: McpServer[] = [];
  const leftOut: string[] = [];
  for (const [name, given] of Object.entries(listed)) {
    if (!isObject(given)) return { ok: false, message: `"${name}" is not an object` };
    const server = serverOf(name, given);
    const why = reasonToLeaveOut(server, given['disabled']);
    if (why !== null) {
      leftOut.push(`${name}: ${why}, so it was left out.`);
      continue;
    }
    if (server.command === null && server.url === null) {
      return { ok: false, message: `"${name}" has neither "command" nor "url"` };
    }
    servers.push(server);
  }
  return servers.length === 0 ? { ok: false, message: 'it names no server to guard' } : { ok: true, servers, leftOut };
}

function serverOf(name: string, given: Readonly<Record<string, unknown>>): McpServer {
  return {
    name,
    command: textOf(given['command']),
    args: Array.isArray(given['args']) ? given['args'].map(String) : [],
    env: textsOf(given['env']),
    cwd: textOf(given['cwd']),
    url: textOf(given['url'] ?? given['serverUrl']),
    headers: textsOf(given['headers']),
    sse: given['type'] === 'sse' || given['transport'] === 'sse',
  };
}

function reasonToLeaveOut(server: McpServer, disabled: unknown): string | null {
  if (disabled === true) return 'it is switched off';
  return isOurs(server) ? 'it is Sallyport itself' : null;
}

/** The entry that `init` shows, or one that starts `sallyport stdio`. */
function isOurs({ name, command, args, url }: McpServer): boolean {
  if (url !== null) return name === 'sallyport' && /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/]/.test(url);
  return [command ?? '', ...args].some((word) => /(^|[\\/])sallyport(\.mjs)?$/.test(word)) && args.includes('stdio');
}

function parsedObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  if (!isObject(value)) return {};
  const texts = Object.entries(value).filter(([, member]) => ['string', 'number', 'boolean'].includes(typeof member));
  return Object.fromEntries(texts.map(([key, member]) => [key, String(member)]));
}
