/** Where requests go, and as whom. */
export interface Target {
  readonly url: URL;
  /** Bearer tokens, used in turn; none for servers that know no users. */
  readonly tokens: readonly string[];
}

/** What a `tools/call` has beside its message. */
export interface CallExtras {
  /** Members of `params`, as JSON text that begins with a comma. */
  readonly params?: string;
  readonly capabilities?: string;
  readonly progressToken?: number;
}

/** A session of the revision before: who opened it, and its id. */
export interface Session {
  readonly user: number;
  readonly id: string;
}

const modern = '2026-07-28';
const legacy = '2025-11-25';
const clientInfo = '{"name":"bench","version":"1"}';

function meta({ capabilities = '{}', progressToken }: CallExtras): string {
  const progress = progressToken === undefined ? '' : `,"progressToken":${progressToken}`;
  return (
    `{"io.modelcontextprotocol/protocolVersion":"${modern}","io.modelcontextprotocol/clientInfo":${clientInfo},` +
    `"io.modelcontextprotocol/clientCapabilities":${capabilities}${progress}}`
  );
}

export type Requests = ReturnType<typeof createRequests>;

/**
 * Makes the texts of whole HTTP requests: on the stateless revision (2026-07-28), or in a session of 2025-11-25. All texts are
 * ASCII.
 */
export function createRequests({ url, tokens }: Target) {
  const common = [
    `POST ${url.pathname} HTTP/1.1`,
    `Host: ${url.host}`,
    'Content-Type: application/json',
    'Accept: application/json, text/event-stream',
  ].join('\r\n');
  const stateless = (method: string): string => `${common}\r\nMCP-Protocol-Version: ${modern}\r\nMcp-Method: ${method}`;
  const heads = { call: `${stateless('tools/call')}\r\nMcp-Name: echo`, list: stateless('tools/list') };
  const identities = tokens.length === 0 ? [''] : tokens.map((token) => `\r\nAuthorization: Bearer ${token}`);
  const plain = meta({});

  function request(head: string, user: number, body: string): string {
    const identity = identities[user % identities.length] ?? '';
    return `${head}${identity}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  }

  function inSession({ user, id }: Session, body: string): string {
    return request(`${common}\r\nMCP-Protocol-Version: ${legacy}\r\nMcp-Session-Id: ${id}`, user, body);
  }

  return {
    /** `tools/call` of `echo`. */
    call: (id: number, message: string, extras?: CallExtras): string =>
      request(
        heads.call,
        id,
        `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"echo","arguments":{"message":"${message}"}${extras?.params ?? ''},"_meta":${extras === undefined ? plain : meta(extras)}}}`,
      ),
    list: (id: number): string =>
      request(heads.list, id, `{"jsonrpc":"2.0","id":${id},"method":"tools/list","params":{"_meta":${plain}}}`),
    initialize: (user: number): string =>
      request(
        common,
        user,
        `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"${legacy}","capabilities":{},"clientInfo":${clientInfo}}}`,
      ),
    initialized: (session: Session): string =>
      inSession(session, '{"jsonrpc":"2.0","method":"notifications/initialized"}'),
    sessionCall: (session: Session, id: number, message: string): string =>
      inSession(
        session,
        `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"echo","arguments":{"message":"${message}"}}}`,
      ),
  };
}
