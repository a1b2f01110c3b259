import { createSecretKey } from 'node:crypto';
import { createMemoryCounters, createMemoryJournal } from '@sallyport/adapter-memory';
import {
  type CallRequest,
  type CatalogTool,
  type ClientContext,
  configSchema,
  type Envelope,
  type PolicyStore,
  type ResourceListener,
  type SanitizeContext,
  targetKinds,
  type Upstream,
  toolTarget,
} from '@sallyport/contracts';
import { until } from '@sallyport/testing';
import type { CallRules } from './call-path.ts';
import { createGateway } from './create-gateway.ts';
import type { BoundGuard } from './judge.ts';

const key = createSecretKey(Buffer.alloc(32, 7));
const digest = `sha256:${'A'.repeat(43)}`;
const principal = {
  ...{ tenant: 'shop', client: null, expiresAt: null },
  subject: { id: 'alice', issuer: 'development', roles: [] },
};
const request: CallRequest = {
  principal,
  ...{ agent: { id: 'test', verified: false }, session: null, flow: null, traceparent: null },
  ...{
    action: 'tools/call' as const,
    upstream: 'orders',
    target: toolTarget('get_order'),
    arguments: { order_id: '1001' },
    bytes: 200,
  },
};
const around: ClientContext = {
  signal: new AbortController().signal,
  progressToken: null,
  notify: () => undefined,
  ask: null,
};
const tool = {
  ...{ kind: 'tool', upstream: 'orders', name: 'get_order', digest, effect: 'read', state: 'approved', resources: [] },
  definition: { name: 'get_order', inputSchema: { type: 'object' } },
  fit: ({ order_id = null }) => ({ arguments: { order_id }, leftOut: 1 }),
} as Partial<CatalogTool> as CatalogTool;

type Visibility = ReturnType<ReturnType<PolicyStore['current']>['visible']>;
const seen = (visibility: Visibility): PolicyStore => {
  const policies = { digest, visible: () => visibility, mayAsk: () => ({ effect: 'pass' }) } as Partial<
    ReturnType<PolicyStore['current']>
  >;
  return { current: () => policies as ReturnType<PolicyStore['current']> };
};

/** Rules under which everything is released, and what they were asked about. */
function rulesOf(name: string, { upstreams = {}, guards = [] as readonly BoundGuard[] } = {}) {
  const asked: Envelope[] = [];
  const rules: CallRules = {
    config: configSchema.parse({ upstreams: { orders: { command: ['x'], ...upstreams } }, call_timeout: '9s' }),
    policies: seen('maybe'),
    gatewayGuards: guards,
    grantingGuards: [],
    digests: { guards: digest, policy: `sha256:${name}`, settings: {} },
    sanitize: (value) => ({ value, changes: [] }),
    folders: new Map(),
    decisions: {
      async decide(envelope) {
        asked.push(envelope);
        const { callId, digest, gateway } = envelope.call;
        const decision = { effect: 'allow', reason: 'allowed', guard: 'authorization', approval: null } as const;
        return { callId, digest, boot: gateway.boot, decision, position: 1 };
      },
    },
  };
  return { rules, asked };
}

function build(first: CallRules, answer?: () => Promise<void>) {
  const inForce = { rules: first };
  const timeouts: number[] = [];
  const listeners: ResourceListener[] = [];
  const told: string[] = [];
  const wait = { ms: 0 };
  const clock = { now: () => 1_000, monotonic: () => 0 };
  let next = 0;
  const observer = {
    ...{ decided: () => undefined, finished: () => undefined },
    incident: (what: string, detail: string) => void told.push(`${what} ${detail}`),
  };
  const upstream: Upstream = {
    id: 'orders',
    list: async () => [],
    async send(_call, { timeoutMs, ask, listener }) {
      timeouts.push(timeoutMs);
      if (listener) {
        listeners.push(listener);
        return { kind: 'result', result: {} };
      }
      await answer?.();
      if (ask !== null) await ask({ method: 'roots/list', params: {} });
      return { kind: 'result', result: { content: [], messages: [], contents: [], completion: { values: [] } } };
    },
  };
  const memory = createMemoryJournal();
  const gateway = createGateway({
    saidBy: () => null,
    listed: () => new Map(),
    ...{ clock, observer, journal: memory.journal, directory: memory.directory, boot: 'boot-1', guards: [] },
    ids: {
      ulid: () => String((next += 1)).padStart(26, '0'),
      random: (bytes) => Buffer.alloc(bytes).toString('base64url'),
    },
    keys: { digestKey: () => key, sealKey: () => key.export() },
    counters: createMemoryCounters({ clock }),
    catalog: { find: (_upstream, { name }) => (name === tool.name ? tool : undefined), all: () => [tool], version: 1 },
    upstreams: new Map([['orders', upstream]]),
    callFacts: () => ({ bulk: 0, bytes: 2, depth: 1, wildcards: [], unbounded: [], objects: [] }),
    outcomes: { record: async () => true, drain: async () => 0 },
    attempts: { take: () => wait.ms, wait: () => wait.ms, giveBack: () => undefined },
    refusals: {
      record: async (_who, reason) => void told.push(`recorded ${reason}`),
      count: (_who, reason) => void told.push(`counted ${reason}`),
      flush: async () => undefined,
      close: async () => undefined,
    },
    clientRefused: (_upstream, method, why) => void told.push(`not asked ${method}: ${JSON.stringify(why)}`),
    approvals: { vote: async ({ approval }) => ({ accepted: false, reason: approval }) },
    rules: () => inForce.rules,
  });
  return { gateway, inForce, timeouts, told, wait, listeners };
}

describe('the gateway', () => {
  it('counts a refused request of somebody who tries too often, and records it otherwise', async () => {
    const { gateway, told, wait } = build(rulesOf('a').rules);
    await gateway.refuse(principal, 'unknown_tool', 10);
    wait.ms = 5;
    await gateway.refuse(principal, 'unknown_tool', 10);
    expect(told).toEqual(['recorded unknown_tool', 'counted too_many_attempts']);
  });

  it.each([
    ['tools/call', { kind: 'tool', name: 'get_order' }, { what: 'result' }],
    ['prompts/get', { kind: 'prompt', name: 'greet' }, { what: 'prompt' }],
    ['resources/read', { kind: 'resource', name: 'file:///a' }, { what: 'resource', uri: 'file:///a' }],
    ['resources/subscribe', { kind: 'resource', name: 'file:///a' }, { what: 'resource', uri: 'file:///a' }],
    ['completion/complete', { kind: 'template', name: 'file:///{path}' }, { what: 'completion' }],
  ] as const)('tells the sanitizers what a result of %s is', async (action, target, about) => {
    const { rules } = rulesOf('a');
    const contexts: SanitizeContext[] = [];
    const sanitize: CallRules['sanitize'] = (value, context) => {
      contexts.push(context);
      return { value, changes: [] };
    };
    const { gateway } = build({ ...rules, sanitize });
    expect(await gateway.call({ ...request, action, target }, around)).toMatchObject({ kind: 'result' });
    expect(contexts.at(-1)).toMatchObject({ upstream: 'orders', ...about });
  });

  it('shows no tool of an upstream that is not there, and none that no call could be allowed to use', () => {
    const { rules } = rulesOf('a');
    const { gateway, inForce } = build(rules);
    expect(gateway.list(principal, 'nothing', 'tool')).toBeNull();
    expect(gateway.list(principal, 'orders', 'tool')).toContain('get_order');
    inForce.rules = { ...rules, policies: seen('never') };
    expect(gateway.list(principal, 'orders', 'tool')).toBe('[]');
  });

  it('has the definition of known tools alone', () => {
    const { gateway } = build(rulesOf('a').rules);
    expect(gateway.definition?.('orders', 'get_order')).toBe(tool.definition);
    expect(gateway.definition?.('orders', 'drop_all')).toBeNull();
  });

  it('ends a call by the rules under which it began, begins the next by those in force, and counts on', async () => {
    const [before, after] = [rulesOf('before'), rulesOf('after')];
    const contexts: SanitizeContext[] = [];
    const watched: CallRules = {
      ...before.rules,
      sanitize: (value, context) => (contexts.push(context), { value, changes: [] }),
    };
    const { gateway, inForce } = build(watched, async () => void (inForce.rules = after.rules));
    await gateway.call(request, around);
    expect(contexts).toMatchObject([{ tool, what: 'result', upstream: 'orders' }]);
    await gateway.call(request, around);
    expect(contexts).toHaveLength(1);
    expect([before, after].map(({ asked }) => asked.map(({ policy, call }) => [policy, call.gateway.counter]))).toEqual(
      [[['sha256:before', 1]], [['sha256:after', 2]]],
    );
  });

  it.each(['never', 'maybe'] as const)(
    'looks at arguments for a tool that is %s seen where it is',
    async (visibility) => {
      const { rules, asked } = rulesOf('a');
      const looked: unknown[] = [];
      const policies = {
        digest,
        visible: (_subject: unknown, of: CatalogTool) => (looked.push(of.name), visibility),
      } as Partial<ReturnType<PolicyStore['current']>> as ReturnType<PolicyStore['current']>;
      const { gateway } = build({ ...rules, policies: { current: () => policies } });
      await gateway.call({ ...request, arguments: { order_id: '1001', note: null } }, around);
      await gateway.call({ ...request, target: toolTarget('drop_all') }, around);
      expect(looked).toEqual(['get_order']);
      const [known, unknown] = asked.map(({ facts }) => facts.depth);
      expect(unknown).toBe(0);
      expect(known).toBe(visibility === 'never' ? 0 : 1);
      expect(asked[0]?.call.arguments).toEqual({ order_id: '1001', ...(visibility === 'never' && { note: null }) });
    },
  );

  it('leaves the arguments of a completion as they are: no schema speaks of them', async () => {
    const { rules, asked } = rulesOf('a');
    const { gateway } = build(rules);
    const args = { argument: { name: 'order_id', value: '1' } };
    const target = { kind: 'prompt', name: tool.name } as const;
    await gateway.call({ ...request, action: 'completion/complete', target, arguments: args }, around);
    await gateway.call({ ...request, action: 'prompts/get', target, arguments: args }, around);
    expect(asked.map(({ call }) => call.arguments)).toEqual([args, { order_id: null }]);
  });

  it('keeps the lists of as many subjects as may follow theirs, of every kind', () => {
    const { rules } = rulesOf('a');
    let looked = 0;
    const policies = { digest, visible: () => ((looked += 1), 'maybe') } as Partial<
      ReturnType<PolicyStore['current']>
    > as ReturnType<PolicyStore['current']>;
    const { gateway } = build({ ...rules, policies: { current: () => policies } });
    const listAll = (): void => {
      for (let n = 0; n < 1_000; n += 1)
        for (const kind of targetKinds)
          gateway.list({ ...principal, subject: { ...principal.subject, id: `s${n}` } }, null, kind);
    };
    listAll();
    expect(looked).toBe(1_000);
    listAll();
    expect(looked).toBe(1_000);
  });

  it('tells which guard failed, and withholds from the others what the call was about', async () => {
    const judge = () => {
      throw new Error('out of order');
    };
    const guards = [{ id: 'visibility', station: 'gateway', grants: false, shadow: false, judge }] as const;
    const { rules, asked } = rulesOf('a', { guards });
    const { gateway, told } = build(rules);
    await gateway.call(request, around);
    expect(told).toEqual(['guard_failed visibility: Error: out of order']);
    expect(asked.map(({ call }) => call.arguments)).toEqual([{}]);
  });

  it.each([
    ['its tool', { timeout: '5s', tools: { get_order: { timeout: '3s' } } }, 3_000],
    ['its upstream, where the tool has none', { timeout: '5s', tools: { get_order: {} } }, 5_000],
    ['its upstream, where the tool is not configured', { timeout: '5s' }, 5_000],
    ['any call, where the upstream has none', {}, 9_000],
  ])('gives a call the time of %s', async (_whose, upstreams, ms) => {
    const { gateway, timeouts } = build(rulesOf('a', { upstreams }).rules);
    await gateway.call(request, around);
    expect(timeouts).toEqual([ms]);
  });

  it.each([
    [undefined, []],
    [{ roots: true }, ['roots/list']],
  ])('lets an upstream that is granted %j ask the client for %j', async (client_requests, heard) => {
    const asked: string[] = [];
    const client: ClientContext = { ...around, ask: async ({ method }) => (asked.push(method), { roots: [] }) };
    const { gateway, told } = build(rulesOf('a', { upstreams: { client_requests } }).rules);
    await gateway.call({ ...request, capabilities: { roots: {} } }, client);
    expect(asked).toEqual(heard);
    expect(told.map((text) => text.split(':')[0])).toEqual(heard.length === 0 ? ['not asked roots/list'] : []);
    const { kind } = await gateway.call({ ...request, capabilities: { roots: {} } }, { ...around, comesBack: true });
    expect(kind).toBe(heard.length === 0 ? 'result' : 'input_required');
  });

  describe('subscriptions to resources', () => {
    const reading = { action: 'resources/subscribe', target: { kind: 'resource', name: 'file:///a' } } as const;
    const guard = (judge: BoundGuard['judge']): BoundGuard => ({
      ...{ id: 'authorization', station: 'authorization', grants: true, shadow: false, judge },
    });
    const listening = () => {
      const stop = new AbortController();
      const heard: string[] = [];
      const listener = {
        signal: stop.signal,
        updated: () => void heard.push('updated'),
        ended: (why: string) => void heard.push(why),
      };
      return { stop, heard, listener };
    };

    it('are as many for a subject as `floods.subscriptions` says, and the refusal names it', async () => {
      const { rules } = rulesOf('a');
      const config = { ...rules.config, floods: { ...rules.config.floods, subscriptions: 1 } };
      const { gateway, told } = build({ ...rules, config });
      const [first, second] = [listening(), listening()];
      const subscribe = ({ listener }: typeof first) =>
        gateway.call({ ...request, ...reading, arguments: {} }, { ...around, listener });
      expect(await subscribe(first)).toMatchObject({ kind: 'result' });
      expect(await subscribe(second)).toMatchObject({
        kind: 'refused',
        meta: { reason: 'too_many_subscriptions' },
        text: expect.stringContaining('floods.subscriptions'),
      });
      expect(told).toEqual(['counted too_many_subscriptions']);
      first.stop.abort();
      expect(await subscribe(second)).toMatchObject({ kind: 'result' });
    });

    it.each(['resources/subscribe', 'resources/read'])(
      'end once %s is not permitted, and are told until then',
      async (action) => {
        const permitted = guard(() => ({ effect: 'allow' }));
        const forbidden = guard(({ call }) =>
          call.action === action
            ? { effect: 'deny', reason: 'not_permitted', advice: 'Not you.' }
            : { effect: 'allow' },
        );
        const { rules } = rulesOf('a');
        const { gateway, inForce, listeners } = build({ ...rules, grantingGuards: [permitted] });
        const { heard, listener } = listening();
        await gateway.call({ ...request, ...reading, arguments: {} }, { ...around, listener });
        listeners[0]?.updated();
        await until(() => heard.length === 1);
        inForce.rules = { ...rules, grantingGuards: [forbidden] };
        listeners[0]?.updated();
        await until(() => heard.length === 2);
        expect(heard).toEqual(['updated', 'Not you.']);
      },
    );
  });
});
