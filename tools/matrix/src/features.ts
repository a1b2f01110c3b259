import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@sallyport/testing/harness';
import type { Heard } from './feature-client.ts';
import type { Tries } from './feature-servers.ts';
import { failure } from './observe.ts';
import type { Call } from './servers.ts';

/** What is looked at of a server with more than tools. */
export const features = [
  'prompts',
  'resources',
  'templates',
  'completion',
  'subscribe',
  'logging',
  'sampling',
  'elicitation',
  'roots',
  'list_changed',
  'resume',
] as const;
export type Feature = (typeof features)[number];

/** What is asked of a client of any library. */
export interface Speaker {
  listPrompts(): Promise<{ readonly prompts: readonly object[] }>;
  getPrompt(params: { name: string; arguments: Record<string, string> }): Promise<unknown>;
  listResources(): Promise<{ readonly resources: readonly object[] }>;
  readResource(params: { uri: string }): Promise<unknown>;
  listResourceTemplates(): Promise<{ readonly resourceTemplates: readonly object[] }>;
  complete(params: {
    ref: { type: 'ref/prompt'; name: string };
    argument: { name: string; value: string };
  }): Promise<unknown>;
  subscribeResource(params: { uri: string }, options?: Within): Promise<unknown>;
  unsubscribeResource(params: { uri: string }): Promise<unknown>;
  /** Subscribes, where a client has no session. */
  listen(filter: Filter, options?: Within): Promise<{ close(): Promise<void> }>;
  setLoggingLevel(level: 'debug'): Promise<unknown>;
  callTool(
    params: { name: string; arguments: Record<string, unknown>; _meta?: Record<string, unknown> },
    options: Within & { onprogress?: () => void },
  ): Promise<unknown>;
  getNegotiatedProtocolVersion(): string | undefined;
}

interface Within {
  readonly timeout?: number;
}

interface Filter {
  resourceSubscriptions?: string[];
  toolsListChanged?: boolean;
  promptsListChanged?: boolean;
  resourcesListChanged?: boolean;
}

/** A client that stands before one server, what it hears, and how names and URIs are called there. */
export interface Before {
  readonly client: Speaker;
  readonly heard: Heard;
  /** The upstream's id where it stands in front of names and URIs. */
  readonly id: string | null;
  /** Ends the stream of the next request early; absent where a connection is all there is. */
  readonly cutNext?: () => void;
}

const answersWithin = { timeout: 5000 };

/** Tries one feature: what came of it as JSON, or `null` where the server or this way does not have it. */
export async function tryFeature(feature: Feature, tries: Tries, before: Before): Promise<unknown> {
  const play = plays[feature](tries, before);
  if (play === null) return null;
  try {
    return plain(await play(), before.id);
  } catch (thrown) {
    return failure(thrown);
  }
}

type Play = (tries: Tries, before: Before) => (() => Promise<unknown>) | null;

const plays: Readonly<Record<Feature, Play>> = {
  prompts: ({ prompt }, { client, ...at }) =>
    prompt === undefined
      ? null
      : async () => ({
          list: byKey('name', (await client.listPrompts()).prompts, at),
          got: await client.getPrompt({
            name: named(at, prompt[0]),
            arguments: { ...prompt[1] } as Record<string, string>,
          }),
        }),
  resources: ({ resources }, { client, ...at }) =>
    resources === undefined
      ? null
      : async () => {
          const list = byKey('uri', (await client.listResources()).resources, at);
          const read = [];
          for (const uri of resources) read.push(await client.readResource({ uri: addressed(at, uri) }));
          return { list, read };
        },
  templates: ({ template }, { client, ...at }) =>
    template === undefined
      ? null
      : async () => ({
          list: byKey('uriTemplate', (await client.listResourceTemplates()).resourceTemplates, at),
          read: await client.readResource({ uri: addressed(at, template) }),
        }),
  completion: ({ completion }, { client, ...at }) =>
    completion === undefined
      ? null
      : () =>
          client.complete({
            ref: { type: 'ref/prompt', name: named(at, completion.prompt) },
            argument: { name: completion.argument, value: completion.value },
          }),
  subscribe: ({ subscribe }, before) => (subscribe === undefined ? null : () => subscribed(subscribe, before)),
  logging: ({ logging }, before) => (logging === undefined ? null : () => logged(logging, before)),
  sampling: ({ sampling }, before) => asking('sampling/createMessage', sampling, before),
  elicitation: ({ elicitation }, before) => asking('elicitation/create', elicitation, before),
  roots: ({ roots }, before) => asking('roots/list', roots, before),
  list_changed: ({ list_changed }, before) => (list_changed === undefined ? null : () => changed(list_changed, before)),
  resume({ resume }, before) {
    const { cutNext } = before;
    if (resume === undefined || cutNext === undefined || isModern(before)) return null;
    return async () => {
      cutNext();
      return call(resume, before, { onprogress: () => undefined });
    };
  },
};

async function subscribed({ uri, then }: NonNullable<Tries['subscribe']>, before: Before): Promise<object> {
  const { client, heard } = before;
  const at = addressed(before, uri);
  const subscription = isModern(before) ? await client.listen({ resourceSubscriptions: [at] }, answersWithin) : null;
  if (subscription === null) await client.subscribeResource({ uri: at }, answersWithin);
  await call(then, before);
  await eventually(() => heard.updated.length > 0, 3000).catch(() => undefined);
  const updated = [...new Set(heard.updated)];
  await (subscription === null ? client.unsubscribeResource({ uri: at }) : subscription.close());
  return { updated };
}

async function logged(tool: Call, before: Before): Promise<object> {
  const { client, heard } = before;
  const modern = isModern(before);
  if (!modern) await client.setLoggingLevel('debug').catch(() => undefined); // some servers log without levels
  // What `everything` logs is chosen at random: it counts that something came.
  const random = heard.logged.filter.bind(heard.logged, (said) => /[Ll]evel[ -]message/.test(JSON.stringify(said)));
  const isRandom = tool[0].startsWith('toggle-');
  const from = heard.logged.length;
  await call(tool, before, modern ? { _meta: { 'io.modelcontextprotocol/logLevel': 'debug' } } : {});
  const came = () => (isRandom ? random().length > 0 : heard.logged.length > from);
  await eventually(came, 1000).catch(() => undefined);
  return { logged: isRandom ? (came() ? ['at random'] : []) : heard.logged.slice(from) };
}

/** What was asked with the method since the connection began, each once: a server may ask before the call, and keep the answer. */
function asking(method: string, tool: Call | undefined, before: Before): (() => Promise<unknown>) | null {
  if (tool === undefined) return null;
  return async () => {
    const result = await call(tool, before);
    const asked = before.heard.asked.filter((question) => question.method === method);
    const once = new Map(asked.map((question) => [JSON.stringify(question), question]));
    return { result, asked: [...once.values()] };
  };
}

async function changed(tool: Call, before: Before): Promise<object> {
  const { client, heard } = before;
  const all = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true };
  const subscription = isModern(before) ? await client.listen(all, answersWithin) : null;
  heard.changed.clear();
  await call(tool, before);
  await eventually(() => heard.changed.size > 0, 1500).catch(() => undefined);
  await sleep(100);
  await subscription?.close();
  return { changed: [...heard.changed].sort() };
}

const isModern = ({ client }: Before): boolean => client.getNegotiatedProtocolVersion() === '2026-07-28';

type At = Pick<Before, 'id'>;
const named = ({ id }: At, name: string): string => (id === null ? name : `${id}__${name}`);
const addressed = ({ id }: At, uri: string): string => (id === null ? uri : `${id}+${uri}`);

function call([tool, args]: Call, before: Before, options: CallOptions = {}): Promise<unknown> {
  const { _meta, onprogress } = options;
  const params = { name: named(before, tool), arguments: { ...args }, ...(_meta && { _meta }) };
  return before.client.callTool(params, { ...answersWithin, ...(onprogress && { onprogress }) });
}

interface CallOptions {
  readonly _meta?: Record<string, unknown>;
  /** With it the answer is a stream. */
  readonly onprogress?: () => void;
}

/** The entries that are of this server. */
function byKey(key: string, entries: readonly object[], { id }: At): Record<string, object> {
  const list = entries as readonly Record<string, unknown>[];
  const ours = list.filter((entry) => id === null || new RegExp(`^${id}(__|\\+)`).test(String(entry[key])));
  return Object.fromEntries(ours.map((entry) => [String(entry[key]), entry]));
}

/** Without the upstream's id and what Sallyport says of its decision. */
function plain(value: unknown, id: string | null): unknown {
  const text = JSON.stringify(value, (key, member: unknown) => (key === '_meta' ? withoutDecision(member) : member));
  return JSON.parse(id === null ? text : text.replaceAll(`${id}__`, '').replaceAll(`${id}+`, '')) as unknown;
}

function withoutDecision(meta: unknown): object | undefined {
  const others = Object.entries(meta as object).filter(([key]) => key !== 'dev.sallyport/decision');
  return others.length > 0 ? Object.fromEntries(others) : undefined;
}
