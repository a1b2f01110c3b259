import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import type { Decision } from './raw-client.ts';

export type Kind = 'v2 modern' | 'v2 legacy' | 'v1';

/** What both generations of the SDK can do. */
export interface McpClient {
  /** The questions that its person was asked. */
  readonly asked: string[];
  call(name: string, args: Record<string, unknown>): Promise<Called>;
  list(): Promise<string[]>;
  close(): Promise<void>;
}

export interface Called {
  readonly meta: Decision | undefined;
  readonly said: string;
  readonly isError: boolean;
  readonly result: Readonly<Record<string, unknown>>;
}

export interface ClientOptions {
  /** What the person says when asked, in turn; afterwards no. `unticked` sends the form without the yes. */
  readonly says?: (boolean | 'unticked')[];
  readonly path?: string;
}

interface Elicited {
  readonly params: { readonly message: string };
}

/** Connects a real client of the SDK as one person. */
export async function connect(
  kind: Kind,
  url: string,
  token: string,
  { says = [], path = '/mcp' }: ClientOptions = {},
): Promise<McpClient> {
  const asked: string[] = [];
  const answer = ({ params }: Elicited) => {
    asked.push(params.message);
    const said = says.shift() ?? false;
    if (said === false) return { action: 'decline' as const };
    return { action: 'accept' as const, content: { confirm: said === true } };
  };
  const endpoint = new URL(`${url}${path}`);
  const options = { requestInit: { headers: { authorization: `Bearer ${token}` } } };
  const client =
    kind === 'v1'
      ? await old(endpoint, options, answer)
      : await recent(kind === 'v2 modern', endpoint, options, answer);
  return {
    asked,
    close: () => client.close(),
    async list() {
      const { tools } = await client.listTools();
      return tools.map(({ name }) => name).sort();
    },
    async call(name, args) {
      const result = (await client.callTool({ name, arguments: args })) as Record<string, unknown>;
      const meta = (result['_meta'] as Record<string, Decision> | undefined)?.['dev.sallyport/decision'];
      const [block] = (result['content'] ?? []) as { text?: string }[];
      return { meta, said: block?.text ?? '', isError: result['isError'] === true, result };
    },
  };
}

interface Options {
  readonly requestInit: { readonly headers: Record<string, string> };
}
type Answer = (request: Elicited) => { action: 'accept'; content: { confirm: boolean } } | { action: 'decline' };

async function recent(modern: boolean, endpoint: URL, options: Options, answer: Answer): Promise<Client> {
  const mode = modern ? { pin: '2026-07-28' } : ('legacy' as const);
  const client = new Client(
    { name: 'e2e', version: '1' },
    { capabilities: { elicitation: { form: {} } }, versionNegotiation: { mode } },
  );
  client.setRequestHandler('elicitation/create', (request) => answer(request));
  await client.connect(new StreamableHTTPClientTransport(endpoint, options));
  return client;
}

async function old(endpoint: URL, options: Options, answer: Answer): Promise<ClientV1> {
  const client = new ClientV1({ name: 'e2e-old', version: '1' }, { capabilities: { elicitation: {} } });
  client.setRequestHandler(ElicitRequestSchema, (request) => answer(request));
  await client.connect(new TransportV1(endpoint, options) as Parameters<ClientV1['connect']>[0]);
  return client;
}
