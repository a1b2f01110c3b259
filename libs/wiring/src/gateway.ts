import {
  type Call,
  type CallRequest,
  type Catalog,
  type DecisionService,
  type Observer,
  type Gateway,
  type SanitizeContext,
  type VoteAnswer,
  type VoteRequest,
} from '@sallyport/contracts';
import { argumentFacts, guards, guardsDigest, settingsOf } from '@sallyport/guards';
import {
  type Attempts,
  callTool,
  type CallToolParts,
  type ClientRequestParts,
  createClientRequests,
  createEndLeases,
  createFactGatherer,
  createListing,
  createCallFactory,
  envelopeOf,
  judge,
  type OutcomeRecorder,
  type RecordParts,
  type RefusedRequests,
} from '@sallyport/pipeline';
import type { ActiveConfig, Stores, UpstreamSet } from '@sallyport/runtime';

export interface GatewayParts extends RecordParts {
  readonly stores: Stores;
  readonly catalog: Catalog;
  readonly upstreams: UpstreamSet;
  readonly approvals: { vote(request: VoteRequest): Promise<VoteAnswer> };
  readonly outcomes: OutcomeRecorder;
  readonly observer: Observer;
  /** Told of each request of an upstream to a client that was refused. */
  readonly clientRefused: ClientRequestParts['refused'];
  readonly boot: string;
  /** The way of a call to its decision, under what is in force. */
  readonly decisions: (activeConfig: ActiveConfig) => DecisionService;
  readonly attempts: Attempts;
  readonly refusals: RefusedRequests;
  /** What is in force; a call uses what it finds here when it begins. */
  readonly activeConfig: () => ActiveConfig;
}

/** What serves while one configuration is in force. */
interface Made {
  readonly activeConfig: ActiveConfig;
  readonly calls: CallToolParts;
  readonly list: Gateway['listTools'];
}

/** The gateway: guards that judge here, the decision service and the upstreams. */
export function createGateway(parts: GatewayParts): Gateway {
  // One for the whole life of the process: its counter has no gaps.
  const createCall = createCallFactory({ ...parts, timeoutMs: () => parts.activeConfig().loaded.config.call_timeout });
  let made: Made | null = null;

  /** Made again for each configuration. */
  function current(): Made {
    const activeConfig = parts.activeConfig();
    if (made?.activeConfig !== activeConfig) {
      made = { activeConfig, calls: callParts(parts, activeConfig, createCall), list: listing(parts, activeConfig) };
    }
    return made;
  }

  return {
    callTool: (request, around) => callTool(current().calls, request, around),
    listTools: (principal, upstream) => current().list(principal, upstream),
    definition: (upstream, tool) => parts.catalog.find(upstream, tool)?.definition ?? null,
    vote: (request) => parts.approvals.vote(request),
    attemptWait: (principal, bytes) => parts.attempts.wait(principal, bytes),
    async refuse(principal, reason, bytes) {
      const { attempts, refusals } = parts;
      if (attempts.take(principal, bytes) > 0) refusals.count(principal, 'too_many_attempts');
      else await refusals.record(principal, reason, bytes);
    },
  };
}

function listing({ catalog, upstreams }: GatewayParts, { active }: ActiveConfig): Gateway['listTools'] {
  return createListing({ catalog, upstreams: upstreams.all, policies: { current: () => active.policies } });
}

function callParts(
  parts: GatewayParts,
  activeConfig: ActiveConfig,
  createCall: ReturnType<typeof createCallFactory>,
): CallToolParts {
  const { config } = activeConfig.loaded;
  const facts = createFactGatherer({
    argumentFacts,
    catalog: parts.catalog,
    policies: { current: () => activeConfig.active.policies },
    upstreams: parts.upstreams.all,
    clock: parts.clock,
    resolvers: config.resolvers,
  });
  const onFailure = (guard: string, error: unknown): void =>
    parts.observer.incident('guard_failed', `${guard}: ${String(error)}`);
  const { digest: policy } = activeConfig.active.policies;
  const digests = { guards: guardsDigest(guards), policy, settings: settingsOf(guards, config) };
  return {
    attempts: parts.attempts,
    refusals: parts.refusals,
    ids: parts.ids,
    open(request: CallRequest) {
      const call = createCall(request);
      return envelopeOf(parts.keys, call, facts.fromArguments(call), digests);
    },
    judgeAtGateway: (envelope) => judge(activeConfig.gatewayGuards, envelope, { onFailure }),
    facts,
    decisions: parts.decisions(activeConfig),
    upstreams: parts.upstreams.all,
    sanitize: activeConfig.sanitize,
    clientRequests: (asking) =>
      createClientRequests(clientRequestParts(parts, activeConfig, asking.call.upstream), asking),
    outcomes: parts.outcomes,
    endLeases: createEndLeases({ counters: parts.stores.counters, observer: parts.observer, guards }),
    keys: parts.keys,
    clock: parts.clock,
    observer: parts.observer,
    toolContext: (call) => contextOf(parts.catalog, call),
    timeoutMs: ({ upstream, tool }) =>
      config.upstreams[upstream]?.tools[tool]?.timeout ?? config.upstreams[upstream]?.timeout ?? config.call_timeout,
  };
}

function clientRequestParts(
  parts: GatewayParts,
  { loaded, sanitize }: ActiveConfig,
  upstream: string,
): ClientRequestParts {
  const { journal, counters } = parts.stores;
  const { clock, ids, keys, observer, clientRefused: refused } = parts;
  const granted = loaded.config.upstreams[upstream]?.client_requests;
  return { clock, ids, keys, journal, counters, observer, sanitize, granted, refused };
}

function contextOf(catalog: Catalog, call: Call): SanitizeContext {
  return {
    tool: catalog.find(call.upstream, call.tool) ?? null,
    what: 'result',
    reference: call.callId,
    upstream: call.upstream,
  };
}
