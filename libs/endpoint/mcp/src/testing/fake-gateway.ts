import { createSecretKey, randomBytes } from 'node:crypto';
import {
  type Answer,
  type CallAction,
  type CallRequest,
  type ClientContext,
  configSchema,
  type Gateway,
  type JsonObject,
  type Principal,
  type Requirement,
  type ResourceListener,
  type TargetKind,
  targetKinds,
  type VoteRequest,
  withQualifiedUris,
} from '@sallyport/contracts';
import type { GatewayOptions } from '../endpoint-options.ts';

const schema = { type: 'object', properties: { text: { type: 'string' } } };
const mirrored = {
  name: 'mirrored',
  inputSchema: {
    type: 'object',
    properties: {
      region: { type: 'string', 'x-mcp-header': 'Region' },
      limit: { type: 'integer', 'x-mcp-header': 'Limit' },
    },
  },
};
const hidden = { ...mirrored, name: 'hidden' };
const names = ['echo', 'greet', 'confirm', 'finance', 'progress', 'slow', 'ask', 'needs_sampling'];

/** A gateway that keeps no rules: each tool shows one kind of answer. */
export class FakeGateway implements Gateway {
  readonly calls: CallRequest[] = [];
  /** The log level of each call. */
  readonly levels: ClientContext['logLevel'][] = [];
  readonly votes: VoteRequest[] = [];
  readonly refusals: string[] = [];
  /** What calls went on with. */
  readonly continued: JsonObject[] = [];
  readonly aborted: string[] = [];
  lists = 0;
  noTools = false;
  tellsOfResources = false;
  /** Who was subscribed last, by URI. */
  readonly listeners = new Map<string, ResourceListener>();
  offered: readonly TargetKind[] = targetKinds;
  readonly listed: Record<TargetKind, readonly JsonObject[]> = {
    tool: [...names.map((name) => ({ name, inputSchema: schema })), mirrored],
    prompt: [{ name: 'greet' }],
    resource: [{ uri: 'file:///a', name: 'a' }],
    template: [{ uriTemplate: 'file:///{+path}', name: 'files' }],
  };
  /** Milliseconds. */
  wait = 0;
  #approved = new Set<string>();
  #asked = 0;

  async call(request: CallRequest, around: ClientContext): Promise<Answer> {
    this.calls.push(request);
    this.levels.push(around.logLevel);
    if (around.listener) this.listeners.set(request.target.name, around.listener);
    const id = `call-${this.calls.length}`;
    return answerOf(id, request) ?? this.#answer(id, request, around);
  }

  async #answer(id: string, request: CallRequest, around: ClientContext): Promise<Answer> {
    switch (request.target.name) {
      case 'confirm':
      case 'file:///confirm':
        return this.#confirm(id, request);
      case 'finance':
        return held(id, 'A-17', { who: 'group', count: 2, group: 'finance', ask: 'Pay?', rule: 'r' });
      case 'progress':
        return progress(id, around);
      case 'slow':
        return this.#slow(id, around);
      case 'ask':
        return ask(id, around);
      case 'needs_sampling':
        return { ...refused(id, 'Sampling is needed.'), missingCapabilities: { sampling: {} } };
      case 'asks':
        return asks(id, request.arguments);
      default:
        return unknownOrCrash(request);
    }
  }

  async continueCall(...[, suspended, responses, around]: Parameters<Gateway['continueCall']>): Promise<Answer | null> {
    const isGone = this.continued.some((before) => before['suspended'] === suspended['id']);
    if (isGone || suspended['id'] === 'gone') return null;
    this.continued.push({ suspended: suspended['id'] ?? null, responses });
    return around.comesBack === true ? said('call-1', JSON.stringify(responses)) : null;
  }

  list(_principal: Principal, upstream: string | null, kind: TargetKind): string | null {
    this.lists++;
    if (upstream !== null && upstream !== 'shop') return null;
    if (this.noTools || !this.offered.includes(kind)) return '[]';
    return JSON.stringify(this.listed[kind].map((item) => (upstream === null ? qualified(kind, item) : item)));
  }

  subscribable(upstream: string | null): boolean {
    return this.tellsOfResources && this.kinds(upstream).includes('resource');
  }

  kinds(upstream: string | null): readonly TargetKind[] {
    return upstream === null || upstream === 'shop' ? this.offered : [];
  }

  definition(_upstream: string, tool: string) {
    return tool === 'mirrored' ? mirrored : tool === 'hidden' ? hidden : null;
  }

  async vote(vote: VoteRequest) {
    this.votes.push(vote);
    if (vote.answer === 'approve') this.#approved.add(vote.approval);
    return { accepted: true, status: vote.answer === 'approve' ? 'approved' : 'rejected' } as const;
  }

  attemptWait(): number {
    return this.wait;
  }

  async refuse(_principal: Principal, reason: string): Promise<void> {
    this.refusals.push(reason);
  }

  #confirm(id: string, request: CallRequest): Answer {
    const approval = [...this.#approved][0];
    if (approval !== undefined) {
      this.#approved.delete(approval);
      return said(id, 'cancelled');
    }
    const ask = `Cancel order ${JSON.stringify(request.arguments)}?`;
    return held(id, `A-${++this.#asked}`, { who: 'self', count: 1, group: null, ask, rule: 'r' });
  }

  #slow(id: string, { signal }: ClientContext): Promise<Answer> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, 20_000, said(id, 'late')).unref();
      const gone = (): void => {
        clearTimeout(timer);
        this.aborted.push(id);
        resolve(refused(id, 'gone'));
      };
      if (signal.aborted) gone();
      else signal.addEventListener('abort', gone);
    });
  }
}

const link = { type: 'resource_link', uri: 'file:///a', name: 'a' };
const answers: Readonly<Record<CallAction, JsonObject>> = {
  'tools/call': { content: [link] },
  'prompts/get': {
    messages: [{ role: 'user', content: { type: 'resource', resource: { uri: 'file:///a', text: 'a' } } }],
  },
  'resources/read': { contents: [{ uri: 'file:///a', text: 'a' }], ttlMs: 5, cacheScope: 'public' },
  'resources/subscribe': {},
  'completion/complete': { completion: { values: ['a', 'b'] } },
};

/** What needs no more than its name, whatever its kind. */
function answerOf(id: string, { upstream, action, target, principal, arguments: args }: CallRequest): Answer | null {
  const { name } = target;
  const meta = allowed(id);
  if (upstream !== 'shop') return { kind: 'unknown_tool' };
  if (name === 'echo' || name === 'mirrored') return said(id, `${principal.subject.id}: ${JSON.stringify(args)}`);
  if (['greet', 'file:///a', 'file:///{+path}'].includes(name))
    return { kind: 'result', result: answers[action], meta };
  if (name.endsWith('denied')) return refused(id, 'Not you.');
  return name === 'file:///gone' ? { kind: 'error', code: -32002, message: 'gone', elicitations: [], meta } : null;
}

function qualified(kind: TargetKind, item: JsonObject): JsonObject {
  const shown = withQualifiedUris('shop', kind, item);
  return kind === 'tool' || kind === 'prompt' ? { ...shown, name: `shop__${String(item['name'])}` } : shown;
}

function allowed(id: string) {
  return { decision: 'allow', reason: 'allowed', id } as const;
}

function said(id: string, text: string): Answer {
  const result = { content: [{ type: 'text', text }], _meta: { vendor: 1 } };
  return { kind: 'result', result, meta: allowed(id) };
}

function refused(id: string, text: string): Extract<Answer, { kind: 'refused' }> {
  return { kind: 'refused', text, meta: { decision: 'deny', reason: 'denied', id }, requirements: [] };
}

function unknownOrCrash({ target }: CallRequest): Answer {
  if (target.name === 'crash') throw new Error('SELECT secret FROM internals');
  return { kind: 'unknown_tool' };
}

function asks(id: string, args: JsonObject): Answer {
  const requests = { name: { method: 'elicitation/create', params: { message: 'shop asks you' } } };
  const meta = { decision: 'allow', reason: 'allowed', id } as const;
  return { kind: 'input_required', requests, suspended: { id: args['id'] ?? id }, meta };
}

function held(id: string, approval: string, requirement: Requirement): Answer {
  const meta = { decision: 'hold', reason: 'approval_required', id, approval } as const;
  return { kind: 'refused', text: 'held', meta, requirements: [requirement] };
}

async function progress(id: string, { notify, progressToken }: ClientContext): Promise<Answer> {
  for (const step of [1, 2, 3]) {
    notify({ method: 'notifications/progress', params: { progressToken, progress: step, total: 3 } });
    notify({
      method: 'notifications/message',
      params: { level: step === 3 ? 'error' : 'debug', data: `step ${step}` },
    });
    notify({ method: 'notifications/evil', params: {} });
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return said(id, 'done');
}

async function ask(id: string, { ask, signal }: ClientContext): Promise<Answer> {
  if (ask === null) return refused(id, 'nobody to ask');
  const messages = [{ role: 'user', content: { type: 'text', text: 'hi' } }];
  try {
    return said(
      id,
      JSON.stringify(await ask({ method: 'sampling/createMessage', params: { messages, maxTokens: 5 } }, signal)),
    );
  } catch (error) {
    return refused(id, error instanceof Error ? error.message : 'failed');
  }
}

/** Two people of one tenant, one of another. */
export const people: Readonly<Record<string, Principal>> = {
  alice: person('shop', 'alice'),
  bob: person('shop', 'bob'),
  mallory: person('evil', 'alice'),
};

function person(tenant: string, id: string): Principal {
  return { tenant, subject: { id, issuer: 'development', roles: [] }, client: null, expiresAt: null };
}

/** Everything that a gateway takes, without an instance behind it. Tokens are the names of `people`. */
export function fakeOptions(
  gateway: Gateway,
  extra: Partial<GatewayOptions> = {},
): GatewayOptions & { incidents: string[] } {
  const incidents: string[] = [];
  return {
    gateway,
    identity: {
      authenticate: (header) => {
        const known = people[(header ?? '').replace('Bearer ', '')];
        const error = header === undefined ? 'missing_token' : 'invalid_token';
        return Promise.resolve(known ?? { status: 401, error, description: 'No.' });
      },
    },
    config: configSchema.parse({
      upstreams: {},
      identity: { issuers: [{ issuer: 'https://id.example', audience: 'x', tenant: { fixed: 'a' } }] },
    }),
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    ids: { ulid: () => randomBytes(16).toString('hex'), random: (bytes) => randomBytes(bytes).toString('base64url') },
    keys: { digestKey: () => createSecretKey(Buffer.alloc(32, 1)), sealKey: (tenant) => Buffer.alloc(32, tenant) },
    observer: { incident: (what, detail) => incidents.push(`${what}: ${detail}`) },
    floods: () => configSchema.parse({ upstreams: {} }).floods,
    incidents,
    ...extra,
  };
}
