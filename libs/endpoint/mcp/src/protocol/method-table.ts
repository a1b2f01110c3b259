import type { Era } from '@sallyport/mcp';

/**
 * What becomes of a request: a `call` is decided by the guards, a `list` is answered from what the principal may see, an
 * `answer` is ours to give, `subscribe` is a stream of ours, `refuse` says that there is no such method.
 */
export type MethodHandling = 'call' | 'list' | 'answer' | 'subscribe' | 'refuse';

type Row = Readonly<Record<Era, MethodHandling>>;

/** Nothing of the kind is passed on yet: the lists are empty, and no name is known. */
const none: Row = { legacy: 'answer', modern: 'answer' };
const later: Row = { legacy: 'refuse', modern: 'refuse' };

/** Every request that a client can send, in any revision. What is absent is refused. */
export const methodTable: Readonly<Record<string, Row>> = {
  'tools/call': { legacy: 'call', modern: 'call' },
  'tools/list': { legacy: 'list', modern: 'list' },
  'subscriptions/listen': { legacy: 'refuse', modern: 'subscribe' },

  initialize: { legacy: 'answer', modern: 'refuse' },
  ping: { legacy: 'answer', modern: 'refuse' },
  'logging/setLevel': { legacy: 'answer', modern: 'refuse' },
  'server/discover': { legacy: 'refuse', modern: 'answer' },

  'prompts/get': none,
  'prompts/list': none,
  'resources/list': none,
  'resources/read': none,
  'resources/templates/list': none,

  'completion/complete': later,
  'resources/subscribe': later,
  'resources/unsubscribe': later,
  'tasks/cancel': later,
  'tasks/get': later,
  'tasks/list': later,
  'tasks/result': later,
  'tasks/update': later,
};

const rows = new Map(Object.entries(methodTable));

/** How a request of an era is treated. */
export function treatmentOf(method: string, era: Era): MethodHandling {
  return rows.get(method)?.[era] ?? 'refuse';
}
