import {
  type Call,
  type CallRequest,
  type Catalog,
  type Corridor,
  type Observer,
  type Passage,
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
  createFactGatherer,
  createListing,
  createMint,
  envelopeOf,
  judge,
  type OutcomeRecorder,
  type RecordParts,
  type RefusedRequests,
} from '@sallyport/pipeline';
import type { Standing } from './standing.ts';
import type { Stores } from './stores.ts';
import type { UpstreamSet } from './upstream-set.ts';

export interface PassageParts extends RecordParts {
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
  readonly corridor: (standing: Standing) => Corridor;
  /** Milliseconds to wait for a decision before the call is refused and its walk closed. */
  readonly walkMs: number;
  readonly attempts: Attempts;
  readonly refusals: RefusedRequests;
  /** What is in force; a call uses what it finds here when it begins. */
  readonly standing: () => Standing;
}

/** What serves while one standing is in force. */
interface Made {
  readonly standing: Standing;
  readonly calls: CallToolParts;
  readonly list: Passage['listTools'];
}

/** The guarded passage of a gateway: its doors' guards, the corridor and the upstreams. */
export function createPassage(parts: PassageParts): Passage {
  // One for the whole life of the process: its counter has no gaps.
  const mint = createMint({ ...parts, timeoutMs: () => parts.standing().loaded.config.call_timeout });
  let made: Made | null = null;

  /** Made anew for each standing. */
  function current(): Made {
    const standing = parts.standing();
    if (made?.standing !== standing) {
      made = { standing, calls: callParts(parts, standing, mint), list: listing(parts, standing) };
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

function listing({ catalog, upstreams }: PassageParts, { active }: Standing): Passage['listTools'] {
  return createListing({ catalog, upstreams: upstreams.all, policies: { current: () => active.policies } });
}

function callParts(parts: PassageParts, standing: Standing, mint: ReturnType<typeof createMint>): CallToolParts {
  const { config } = standing.loaded;
  const facts = createFactGatherer({
    argumentFacts,
    catalog: parts.catalog,
    policies: { current: () => standing.active.policies },
    upstreams: parts.upstreams.all,
    clock: parts.clock,
    resolvers: config.resolvers,
  });
  const onFailure = (guard: string, error: unknown): void =>
    parts.observer.trouble('guard_failed', `${guard}: ${String(error)}`);
  const { digest: policy } = standing.active.policies;
  const digests = { guards: guardsDigest(guards), policy, settings: settingsOf(guards, config) };
  return {
    attempts: parts.attempts,
    refusals: parts.refusals,
    ids: parts.ids,
    open(request: CallRequest) {
      const call = mint(request);
      return envelopeOf(parts.keys, call, facts.fromArguments(call), digests);
    },
    judgeAtDoor: (envelope) => judge(standing.doorSeats, envelope, { onFailure }),
    facts,
    corridor: parts.corridor(standing),
    upstreams: parts.upstreams.all,
    sanitize: standing.sanitize,
    clientRequests: (asking) => createClientRequests(clientRequestParts(parts, standing, asking.call.upstream), asking),
    outcomes: parts.outcomes,
    counters: parts.stores.counters,
    keys: parts.keys,
    clock: parts.clock,
    observer: parts.observer,
    walkMs: parts.walkMs,
    toolContext: (call) => contextOf(parts.catalog, call),
    timeoutMs: ({ upstream, tool }) =>
      config.upstreams[upstream]?.tools[tool]?.timeout ?? config.upstreams[upstream]?.timeout ?? config.call_timeout,
  };
}

function clientRequestParts(parts: PassageParts, { loaded, sanitize }: Standing, upstream: string): ClientRequestParts {
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
