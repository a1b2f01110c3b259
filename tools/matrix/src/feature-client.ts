import { Client, type Transport, type VersionNegotiationMode } from '@modelcontextprotocol/client';

/** The revisions that a client speaks. */
export type Mode = VersionNegotiationMode;

/** What a server said to a client, or asked it, without being asked for it. */
export interface Heard {
  readonly logged: unknown[];
  readonly updated: string[];
  readonly changed: Set<string>;
  readonly asked: { readonly method: string; readonly params: object }[];
}

/** What a model says. */
export const sampled = {
  model: 'none',
  role: 'assistant' as const,
  content: { type: 'text' as const, text: 'Austen' },
};

/** Nothing so far. */
export const hearing = (): Heard => ({ logged: [], updated: [], changed: new Set(), asked: [] });

/** Notes what is asked, and answers it. */
export function noting(heard: Heard) {
  return <T>(request: { method: string; params?: object | undefined }, answer: T): T => {
    heard.asked.push({ method: request.method, params: withoutMeta(request.params) });
    return answer;
  };
}

const lists = ['tools', 'prompts', 'resources'] as const;

/** A client that has all that clients can have, and grants all that it is asked. */
export async function connectFeatureClient(
  transport: Transport,
  mode: Mode,
): Promise<{ readonly client: Client; readonly heard: Heard }> {
  const heard = hearing();
  const client = new Client(
    { name: 'matrix', version: '1' },
    { capabilities: { sampling: {}, elicitation: { form: {} }, roots: {} }, versionNegotiation: { mode } },
  );
  const asked = noting(heard);
  client.setRequestHandler('sampling/createMessage', (request) => asked(request, sampled));
  client.setRequestHandler('elicitation/create', (request) =>
    asked(request, { action: 'accept' as const, content: answersTo(request.params) }),
  );
  client.setRequestHandler('roots/list', (request) =>
    asked(request, { roots: [{ uri: 'file:///srv/shop', name: 'shop' }] }),
  );
  client.setNotificationHandler('notifications/message', ({ params }) => void heard.logged.push(withoutMeta(params)));
  client.setNotificationHandler('notifications/resources/updated', ({ params }) => void heard.updated.push(params.uri));
  for (const kind of lists)
    client.setNotificationHandler(`notifications/${kind}/list_changed`, () => void heard.changed.add(kind));
  await client.connect(transport);
  return { client, heard };
}

/** What a notification or a request says itself. */
export function withoutMeta(params: object | undefined): object {
  return Object.fromEntries(Object.entries(params ?? {}).filter(([key]) => key !== '_meta'));
}

const known: Readonly<Record<string, string | boolean>> = {
  name: 'Ann',
  username: 'ann',
  email: 'ann@shop.example',
  check: true,
};

/** What the user knows of what a form asks for. */
export function answersTo(params: object): Record<string, string | boolean> {
  const { requestedSchema } = params as { requestedSchema?: { properties: object } };
  const fields = Object.keys(requestedSchema?.properties ?? {});
  return Object.fromEntries(Object.entries(known).filter(([name]) => fields.includes(name)));
}

/** A `fetch` that can be told to end the stream of the next POST after its first piece, as a proxy may. */
export function cuttingFetch(): { readonly fetch: typeof globalThis.fetch; cutNext(): void } {
  let armed = false;
  return {
    cutNext: () => (armed = true),
    async fetch(input, init) {
      const response = await fetch(input, init);
      const streams = response.headers.get('content-type')?.includes('text/event-stream') === true;
      if (!armed || init?.method !== 'POST' || !streams || response.body === null) return response;
      armed = false;
      const reader = response.body.getReader();
      const { value } = await reader.read();
      await reader.cancel();
      return new Response(value ?? null, { status: response.status, headers: response.headers });
    },
  };
}
