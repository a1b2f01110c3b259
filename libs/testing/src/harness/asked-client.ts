import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type { JsonObject } from '@sallyport/contracts';
import type { Decision } from './raw-client.ts';
import { root } from './scratch.ts';

export interface AskedClient {
  /** Every request that reached it. */
  readonly asked: { readonly method: string; readonly params: JsonObject }[];
  /** Every log message and report of progress. */
  readonly told: JsonObject[];
  /** What it answers to a form. */
  says: JsonObject;
  /** What it does before it answers. */
  before: () => Promise<void> | void;
  /** Calls a tool; what the upstream heard back is read from its text. */
  call(
    name: string,
  ): Promise<{ readonly meta: Decision | undefined; readonly heard: JsonObject[]; readonly text: string }>;
  close(): Promise<void>;
}

/** A client that can do all that upstreams may ask of one, over HTTP, or over the standard streams of a process of its own. */
export async function connectAsked(
  to: { readonly url: string } | { readonly config: string; readonly cwd: string },
  token: string,
): Promise<AskedClient> {
  const elicitation = { form: {}, url: {} };
  const client = new Client(
    { name: 'asked', version: '1' },
    { capabilities: { elicitation, sampling: {}, roots: {} } },
  );
  const taken = async <Answer>(method: string, params: unknown, answer: Answer): Promise<Answer> => {
    asked.asked.push({ method, params: params as JsonObject });
    await asked.before();
    return answer;
  };
  client.setRequestHandler(ElicitRequestSchema, ({ params }) =>
    taken('elicitation/create', params, asked.says as never),
  );
  client.setRequestHandler(ListRootsRequestSchema, ({ params }) =>
    taken('roots/list', params, { roots: [{ uri: 'file:///home/ann', name: 'home', _meta: { secret: 1 } }] }),
  );
  const content = { type: 'text' as const, text: 'sampled' };
  client.setRequestHandler(CreateMessageRequestSchema, ({ params }) =>
    taken('sampling/createMessage', params, { role: 'assistant' as const, content, model: 'm', _meta: { secret: 1 } }),
  );
  client.setNotificationHandler(
    LoggingMessageNotificationSchema,
    ({ params }) => void asked.told.push(params as JsonObject),
  );
  const asked: AskedClient = {
    asked: [],
    told: [],
    says: { action: 'accept', content: {} },
    before: () => undefined,
    async call(name) {
      const onprogress = (progress: object): void => void asked.told.push(progress as JsonObject);
      const result = await client.callTool({ name, arguments: {} }, undefined, { onprogress });
      const [block] = result.content as { text: string }[];
      const text = block?.text ?? '';
      const heard = text.startsWith('[') ? (JSON.parse(text) as JsonObject[]) : [];
      return { meta: (result._meta as Record<string, Decision> | undefined)?.['dev.sallyport/decision'], heard, text };
    },
    close: () => client.close(),
  };
  await client.connect(transportTo(to, token) as Parameters<Client['connect']>[0]);
  return asked;
}

function transportTo(to: { readonly url: string } | { readonly config: string; readonly cwd: string }, token: string) {
  if (!('url' in to)) return stdioTransport(to, token);
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  return new StreamableHTTPClientTransport(new URL(`${to.url}/mcp`), { requestInit });
}

/** Starts `sallyport stdio` for the client that connects over it. */
export function stdioTransport(
  { config, cwd = '/' }: { readonly config: string; readonly cwd?: string },
  token: string,
  stderr: 'ignore' | 'pipe' = 'ignore',
): StdioClientTransport {
  const args = [join(root, 'apps/cli/bin/sallyport.mjs'), 'stdio', '--config', config, '--token', token];
  const env = { PATH: process.env['PATH'] ?? '' };
  return new StdioClientTransport({ command: process.execPath, args, cwd, env, stderr });
}
