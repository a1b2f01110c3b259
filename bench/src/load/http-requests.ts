/** Where requests go, and as whom. */
export interface Target {
  readonly url: URL;
  /** Bearer tokens, used in turn; none for servers that know no users. */
  readonly tokens: readonly string[];
}

const version = '2026-07-28';
const meta = JSON.stringify({
  'io.modelcontextprotocol/protocolVersion': version,
  'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
});

/** Makes the texts of whole HTTP requests on the stateless revision (2026-07-28). All texts are ASCII. */
export function createRequests({ url, tokens }: Target) {
  const head = (method: string): string =>
    [
      `POST ${url.pathname} HTTP/1.1`,
      `Host: ${url.host}`,
      'Content-Type: application/json',
      'Accept: application/json, text/event-stream',
      `MCP-Protocol-Version: ${version}`,
      `Mcp-Method: ${method}`,
    ].join('\r\n');
  const heads = { call: `${head('tools/call')}\r\nMcp-Name: echo`, list: head('tools/list') };
  const identities = tokens.length === 0 ? [''] : tokens.map((token) => `\r\nAuthorization: Bearer ${token}`);

  function request(head: string, id: number, body: string): string {
    const identity = identities[id % identities.length] ?? '';
    return `${head}${identity}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  }

  return {
    /** `tools/call` of `echo`. */
    call: (id: number, message: string): string =>
      request(
        heads.call,
        id,
        `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"echo","arguments":{"message":"${message}"},"_meta":${meta}}}`,
      ),
    list: (id: number): string =>
      request(heads.list, id, `{"jsonrpc":"2.0","id":${id},"method":"tools/list","params":{"_meta":${meta}}}`),
  };
}
