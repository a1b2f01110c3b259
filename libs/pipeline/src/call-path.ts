import type {
  Call,
  CallAction,
  CallRequest,
  Catalog,
  CatalogTool,
  ClientRequestsConfig,
  Config,
  Counters,
  DecisionService,
  Journal,
  JsonObject,
  Observer,
  PolicyStore,
  Sanitize,
  SanitizeContext,
  Upstream,
} from '@sallyport/contracts';
import type { Attempts } from './attempts.ts';
import type { CallParts } from './run-call.ts';
import { type ClientRequestParts, createClientRequests } from './client-requests/client-requests.ts';
import { judgeRequest } from './client-requests/judge-request.ts';
import { grantedAddresses } from './client-requests/url-elicitations.ts';
import { createFactGatherer, type FactParts } from './fact-gatherer.ts';
import { type BoundGuard, judge } from './judge.ts';
import { type CreateCall, envelopeOf, type JudgedBy } from './call-factory.ts';
import type { OutcomeRecorder } from './outcome-recorder.ts';
import type { Parking } from './parking.ts';
import type { ReadRefusalParts } from './read-refusal.ts';
import type { RecordParts } from './records.ts';
import type { RefusedRequests } from './refused-requests.ts';
import { createResultTurns } from './result-turns.ts';
import { createEndLeases, type Reserving } from './settle.ts';

/** What a process serves calls with, from its start to its end. */
export interface CallPathParts extends RecordParts {
  readonly journal: Journal;
  readonly counters: Counters;
  readonly catalog: Catalog;
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly callFacts: FactParts['callFacts'];
  readonly listed: FactParts['listed'];
  /** All guards, wherever they judge: the leases of a call are ended here. */
  readonly guards: readonly Reserving[];
  readonly outcomes: OutcomeRecorder;
  readonly observer: Observer;
  readonly attempts: Attempts;
  readonly refusals: RefusedRequests;
  readonly parking: Parking;
  readonly elsewhere: CallParts['elsewhere'];
  readonly subscriptions: CallParts['subscriptions'];
  readonly readRefusal: CallParts['readRefusal'];
  /** Told of each request of an upstream to a client that was refused. */
  readonly clientRefused: ClientRequestParts['refused'];
}

/** What is in force. A call uses one of these from its beginning to its end. */
export interface CallRules {
  readonly config: Pick<Config, 'call_timeout' | 'resolvers' | 'upstreams' | 'floods'>;
  readonly policies: PolicyStore;
  /** Asked here, before any lookup. */
  readonly gatewayGuards: readonly BoundGuard[];
  /** Asked here once more before a subscriber is told of anything. */
  readonly grantingGuards: readonly BoundGuard[];
  /** Of what the call is judged by. */
  readonly digests: Omit<JudgedBy, 'system'>;
  /** How far Sallyport's own log was read. */
  readonly system?: () => NonNullable<JudgedBy['system']>;
  readonly sanitize: Sanitize;
  /** Folders that the configuration names, for each upstream. */
  readonly folders: ReadonlyMap<string, readonly string[]>;
  readonly decisions: DecisionService;
}

/** The path of a call under one set of rules. `createCall` outlives them: its counter has no gaps. */
export function callPath(parts: CallPathParts, rules: CallRules, createCall: CreateCall): CallParts & ReadRefusalParts {
  const { catalog, keys, observer, clientRefused } = parts;
  const { config, gatewayGuards, grantingGuards, digests, sanitize, decisions, system } = rules;
  const grantedTo = (upstream: string): ClientRequestsConfig | undefined => config.upstreams[upstream]?.client_requests;
  const judgeFor =
    ({ tenant }: Pick<Call, 'tenant'>): ClientRequestParts['judge'] =>
    (asked) =>
      judgeRequest(rules.policies.current(tenant), asked);
  const facts = createFactGatherer({ ...parts, resolvers: config.resolvers });
  return {
    ...parts,
    facts,
    decisions,
    sanitize,
    inTurn: createResultTurns(parts.clock, observer),
    open(request, received) {
      const tool = seenEntry(catalog, rules.policies, request);
      // A completion is of a part of the arguments, which no schema speaks of.
      const fitted = request.action === 'completion/complete' ? undefined : tool?.fit(request.arguments);
      const call = createCall(request, fitted, received);
      return envelopeOf(keys, call, facts.fromArguments(call, tool), {
        ...digests,
        ...(system && { system: system() }),
      });
    },
    judgeAtGateway: (envelope) => judge(gatewayGuards, envelope, { observer }),
    judgeReading: (envelope) => judge([...gatewayGuards, ...grantingGuards], envelope, { observer }),
    clientRequests(asking) {
      const granted = grantedTo(asking.call.upstream);
      const judgeAsked = judgeFor(asking.call);
      return createClientRequests({ ...parts, sanitize, granted, judge: judgeAsked, refused: clientRefused }, asking);
    },
    mayAskClient: ({ upstream }) => grantedTo(upstream) !== undefined,
    elicitations(call, error) {
      const { upstream, target } = call;
      const tool = catalog.find(upstream, target) ?? null;
      const isForbidden = (params: JsonObject): boolean =>
        judgeFor(call)({ call, tool, method: 'elicitation/create', params }) !== null;
      return grantedAddresses(error, { upstream, granted: grantedTo(upstream) }).filter((one) => !isForbidden(one));
    },
    endLeases: createEndLeases(parts),
    contextOf: (call) => resultContext(catalog, rules.folders, call),
    timeoutMs: (call) => timeoutOf(config, call),
  };
}

/**
 * What a call is of; undefined where its subject may not see it. Its arguments are not looked at then: how long a call takes must not
 * tell what is hidden from what there is not.
 */
function seenEntry(
  catalog: Catalog,
  policies: PolicyStore,
  { principal, upstream, target }: CallRequest,
): CatalogTool | undefined {
  const known = catalog.find(upstream, target);
  if (known === undefined) return undefined;
  const isHidden = policies.current(principal.tenant).visible(principal.subject, known) === 'never';
  return isHidden ? undefined : known;
}

const resultOf: Readonly<Record<CallAction, SanitizeContext['what']>> = {
  'tools/call': 'result',
  'prompts/get': 'prompt',
  'resources/read': 'resource',
  'resources/subscribe': 'resource',
  'completion/complete': 'completion',
};

/** What sanitizers are told of the result of a call. */
function resultContext(catalog: Catalog, folders: CallRules['folders'], call: Call): SanitizeContext {
  const { callId, upstream, action, target, arguments: args } = call;
  return {
    tool: catalog.find(upstream, target) ?? null,
    what: resultOf[action],
    ...(target.kind === 'resource' && { uri: target.name }),
    reference: callId,
    upstream,
    arguments: args,
    folders: folders.get(upstream) ?? [],
  };
}

/** Milliseconds that an upstream may take: as its tool is configured, else as it is itself, else as for any call. */
function timeoutOf({ upstreams, call_timeout }: CallRules['config'], { upstream, target }: Call): number {
  const configured = upstreams[upstream];
  const tool = target.kind === 'tool' ? configured?.tools[target.name] : undefined;
  return tool?.timeout ?? configured?.timeout ?? call_timeout;
}
