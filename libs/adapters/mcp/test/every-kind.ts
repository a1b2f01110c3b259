import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CompleteRequestSchema,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  ReadResourceRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';

export const info = { name: 'every-kind', version: '1' };
export const capabilities = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { listChanged: true, subscribe: true },
  completions: {},
};

interface Reference {
  readonly name?: string | undefined;
  readonly uri?: string | undefined;
}

/** What a server that offers every kind answers; its URI and its prompt have letters that a header can't carry. */
export const answers = {
  tools: () => ({ tools: [{ name: 'greet', inputSchema: { type: 'object' as const } }] }),
  prompts: () => ({ prompts: [{ name: 'grüße', arguments: [{ name: 'who', required: true }] }] }),
  resources: () => ({ resources: [{ uri: 'note:///é', name: 'note' }] }),
  templates: () => ({ resourceTemplates: [{ uriTemplate: 'day:///{day}', name: 'day' }] }),
  prompt: ({ name, arguments: args }: { name: string; arguments?: Record<string, string> | undefined }) => ({
    messages: [{ role: 'user' as const, content: { type: 'text' as const, text: `${name} ${args?.['who']}` } }],
  }),
  resource: ({ uri }: { uri: string }) => ({ contents: [{ uri, text: `text of ${uri}` }] }),
  completion: ({ ref, argument }: { ref: Reference; argument: { name: string; value: string } }) => ({
    completion: { values: [`${ref.name ?? ref.uri} ${argument.name}=${argument.value}`] },
  }),
};

/** Says that the lists of prompts and resources have changed. */
export async function tellChanges(server: Server): Promise<void> {
  await server.sendPromptListChanged();
  await server.sendResourceListChanged();
}

/** What a server was asked about subscriptions: `+` and `-` with the URI. */
export type Subscribed = (asked: string) => void;

/**
 * A server of the published SDK that offers every kind; reading `note:///changed` changes its prompts and resources, and says that
 * whatever somebody is subscribed to was updated.
 */
export function everyKind(subscribed: Subscribed = () => undefined, subscribe = true): Server {
  const offered = { ...capabilities, resources: { ...capabilities.resources, subscribe } };
  const server = new Server(info, { capabilities: offered });
  const uris = new Set<string>();
  server.setRequestHandler(SubscribeRequestSchema, ({ params: { uri } }) => {
    if (uri.startsWith('none:')) throw new Error('no such resource');
    subscribed(`+${uri}`);
    uris.add(uri);
    return {};
  });
  server.setRequestHandler(UnsubscribeRequestSchema, ({ params: { uri } }) => {
    subscribed(`-${uri}`);
    uris.delete(uri);
    return {};
  });
  server.setRequestHandler(ListToolsRequestSchema, answers.tools);
  server.setRequestHandler(ListPromptsRequestSchema, answers.prompts);
  server.setRequestHandler(ListResourcesRequestSchema, answers.resources);
  server.setRequestHandler(ListResourceTemplatesRequestSchema, answers.templates);
  server.setRequestHandler(GetPromptRequestSchema, ({ params }) => answers.prompt(params));
  server.setRequestHandler(ReadResourceRequestSchema, async ({ params }) => {
    if (params.uri === 'note:///changed') {
      await tellChanges(server);
      for (const uri of [...uris, 'note:///unasked']) await server.sendResourceUpdated({ uri });
    }
    return answers.resource(params);
  });
  server.setRequestHandler(CompleteRequestSchema, ({ params }) => answers.completion(params as never));
  return server;
}
