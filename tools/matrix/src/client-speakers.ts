import { SdkError, SdkErrorCode, StreamableHTTPClientTransport as HttpV2 } from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import {
  answersTo,
  connectFeatureClient,
  type Heard,
  hearing,
  type Mode,
  noting,
  sampled,
  withoutMeta,
} from './feature-client.ts';
import type { Speaker } from './features.ts';
import { startPython } from './python-client.ts';

/** A client with more than tools that is connected, and what it hears. */
export interface Speaking {
  readonly client: Speaker;
  readonly heard: Heard;
  close(): Promise<void>;
}

/** One column of the page. */
export interface SpeakerKind {
  readonly id: string;
  /** Without a function to subscribe. */
  readonly subscribesNot?: true;
  connect(url: string, token: string): Promise<Speaking>;
}

/** Clients from npm that have functions for more than tools. */
export const npmSpeakers: readonly SpeakerKind[] = [
  { id: 'SDK v1', connect: withV1 },
  { id: 'SDK v2, legacy', connect: withV2('legacy') },
  { id: 'SDK v2, auto', connect: withV2('auto') },
  { id: 'SDK v2, pinned', connect: withV2({ pin: '2026-07-28' }) },
];

/** Those from PyPI. */
export const pythonSpeakers: readonly SpeakerKind[] = [
  { id: 'Python mcp, legacy', connect: withPython('mcp', 'legacy') },
  { id: 'Python mcp, auto', connect: withPython('mcp', 'auto') },
  { id: 'fastmcp', subscribesNot: true, connect: withPython('fastmcp', 'auto') },
];

const bearer = (token: string) => ({ requestInit: { headers: { authorization: `Bearer ${token}` } } });

async function withV1(url: string, token: string): Promise<Speaking> {
  const heard = hearing();
  const asked = noting(heard);
  const client = new Client(
    { name: 'matrix', version: '1' },
    { capabilities: { sampling: {}, elicitation: { form: {} } } },
  );
  client.setRequestHandler(CreateMessageRequestSchema, (request) => asked(request, sampled));
  client.setRequestHandler(ElicitRequestSchema, (request) =>
    asked(request, { action: 'accept' as const, content: answersTo(request.params) }),
  );
  client.setNotificationHandler(
    LoggingMessageNotificationSchema,
    ({ params }) => void heard.logged.push(withoutMeta(params)),
  );
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => void heard.updated.push(params.uri));
  const transport = new StreamableHTTPClientTransport(new URL(url), bearer(token));
  await client.connect(transport as Parameters<Client['connect']>[0]);
  const speaker: Speaker = {
    listPrompts: () => client.listPrompts(),
    getPrompt: (params) => client.getPrompt(params),
    listResources: () => client.listResources(),
    readResource: (params) => client.readResource(params),
    listResourceTemplates: () => client.listResourceTemplates(),
    complete: (params) => client.complete(params),
    subscribeResource: (params, options) => client.subscribeResource(params, options),
    unsubscribeResource: (params) => client.unsubscribeResource(params),
    listen: () => Promise.reject(new Error('this client has sessions')),
    setLoggingLevel: (level) => client.setLoggingLevel(level),
    callTool: (params, options) => client.callTool(params, undefined, options),
    getNegotiatedProtocolVersion: () => undefined,
  };
  return { client: speaker, heard, close: () => client.close() };
}

function withV2(mode: Mode): SpeakerKind['connect'] {
  return async (url, token) => {
    const { client, heard } = await connectFeatureClient(new HttpV2(new URL(url), bearer(token)), mode);
    return { client, heard, close: () => client.close() };
  };
}

function withPython(library: string, mode: string): SpeakerKind['connect'] {
  return async (url, token) => {
    const heard = hearing();
    const { first, ask, close } = await startPython(
      'feature_client.py',
      [library, mode, url, token],
      ({ heard: kind, value }) => void (heard[kind as 'logged' | 'asked' | 'updated'] as unknown[]).push(value),
    );
    if (typeof first['version'] !== 'string') throw new Error(`no connection: ${JSON.stringify(first)}`);
    const version = first['version'];
    async function does<T>(name: keyof Speaker | 'close', params: object = {}): Promise<T> {
      const { result, thrown, timedOut } = await ask({ do: name, params });
      if (timedOut === true) throw new SdkError(SdkErrorCode.RequestTimeout, String(thrown));
      if (thrown !== undefined) throw new Error(String(thrown));
      return result as T;
    }
    const client: Speaker = {
      listPrompts: () => does('listPrompts'),
      getPrompt: (params) => does('getPrompt', params),
      listResources: () => does('listResources'),
      readResource: (params) => does('readResource', params),
      listResourceTemplates: () => does('listResourceTemplates'),
      complete: (params) => does('complete', params),
      subscribeResource: (params) => does('subscribeResource', params),
      unsubscribeResource: (params) => does('unsubscribeResource', params),
      async listen(filter) {
        await does('listen', filter);
        return { close: () => does('close') };
      },
      setLoggingLevel: (level) => does('setLoggingLevel', { level }),
      callTool: (params) => does('callTool', params),
      getNegotiatedProtocolVersion: () => version,
    };
    return { client, heard, close };
  };
}
