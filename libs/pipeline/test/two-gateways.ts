import { createMemoryCounters, createMemoryJournal, createMemorySpool } from '@sallyport/adapter-memory';
import {
  type Answer,
  type CallRequest,
  type ClientContext,
  configSchema,
  type InputGiven,
  type Journal,
  type JsonObject,
  type Opinion,
  type OtherGateways,
  type Outcome,
  type SendOptions,
  type ServerMessage,
  toolTarget,
  type Upstream,
} from '@sallyport/contracts';
import { noFacts } from '@sallyport/testing';
import { createAttempts } from '../src/attempts.ts';
import { createAudit } from '../src/audit.ts';
import { createCallFactory, envelopeOf } from '../src/call-factory.ts';
import type { CallParts } from '../src/run-call.ts';
import { createClientRequests } from '../src/client-requests/client-requests.ts';
import { createCoalescer } from '../src/coalescer.ts';
import { createEmbeddedDecisionService } from '../src/embedded-decision-service.ts';
import { judge } from '../src/judge.ts';
import { createOutcomeRecorder } from '../src/outcome-recorder.ts';
import { createElsewhere } from '../src/parked-elsewhere.ts';
import { countingIds, digest, keys, plainParts, request as plainRequest } from './call-parts.ts';

export const done: Outcome = { kind: 'result', result: { content: [] } };
export const form = (message = 'Which branch?'): ServerMessage => ({
  method: 'elicitation/create',
  params: { message, requestedSchema: { type: 'object', properties: { branch: { type: 'string' } } } },
});
export const yes = { action: 'accept', content: { branch: 'main' } };
export const asks = (requests: Readonly<Record<string, ServerMessage>>, state?: string): Outcome => ({
  kind: 'failed',
  reason: 'upstream_asked',
  sent: true,
  detail: '',
  asks: { requests: Object.entries(requests), ...(state !== undefined && { state }) },
});

export interface Fixture {
  /** What the upstream answers, one after the other, and the last one for ever. */
  readonly outcomes: readonly (Outcome | ((options: SendOptions) => Promise<Outcome>))[];
  readonly grants?: object | undefined;
  readonly journal?: (real: Journal) => Journal;
}

/** What gateways tell each other: those that are cut off neither tell nor hear. */
function createBus() {
  const listeners: ((text: string, from: number) => void)[] = [];
  const cut = new Set<number>();
  const told: string[] = [];
  const join = (own: number): OtherGateways => ({
    tell(text, to) {
      if (cut.has(own)) return;
      told.push(text);
      for (const [at, hear] of listeners.entries())
        if (at !== own && !cut.has(at) && (to ?? at) === at) queueMicrotask(() => hear(text, own));
    },
    listen: (hear) => void (listeners[own] = hear),
  });
  return { join, cut, told };
}

/** Two gateways over one journal, and an upstream that does not know them apart. */
export function build({ outcomes, journal = (real) => real, ...rest }: Fixture) {
  const memory = createMemoryJournal();
  const log = journal(memory.journal);
  const time = { now: 1_000 };
  const clock = { now: () => time.now, monotonic: () => time.now };
  const ids = countingIds();
  const observer = { decided: () => undefined, finished: () => undefined, incident: () => undefined };
  const records = { clock, ids, keys, directory: memory.directory, observer };
  const counters = createMemoryCounters({ clock });
  const grants = 'grants' in rest ? rest.grants : { elicitation: { forms: true }, per_call: 20, rate: '99/min' };
  const config = configSchema.parse({
    upstreams: { orders: { url: 'https://orders.example', ...(grants && { client_requests: grants }) } },
  });
  const audit = createAudit({
    ...records,
    guards: [
      { id: 'switch', grants: false, station: 'gateway' },
      { id: 'only', grants: true, station: 'authorization' },
    ],
    journal: log,
    counters,
    projection: { apply: () => undefined, catchUp: async () => undefined },
    approvalJudges: [],
    coalescer: createCoalescer({ ...records, journal: log, budget: () => true }),
    approvals: config.approvals,
  });
  const only = { id: 'only', station: 'authorization', grants: true, shadow: false } as const;
  const sent: (InputGiven | undefined)[] = [];
  const ended: string[] = [];
  const thrown: { opinion: Opinion } = { opinion: { effect: 'pass' } };
  const upstream: Upstream = {
    id: 'orders',
    async send({ input }, options) {
      if (!options.beforeWrite()) return { kind: 'failed', reason: 'cancelled', sent: false, detail: '' };
      sent.push(input);
      const outcome = outcomes[Math.min(sent.length, outcomes.length) - 1] ?? done;
      return typeof outcome === 'function' ? outcome(options) : outcome;
    },
    list: () => Promise.resolve([]),
  };
  const catalog = { find: () => undefined, all: () => [], version: 0 };
  const bus = createBus();
  const gatewayOf = (boot: string, own: number): CallParts => {
    const createCall = createCallFactory({ catalog, clock, ids, keys, boot, timeoutMs: () => 60_000 });
    const plain = plainParts({ clock, ids, observer, upstream });
    return {
      ...plain,
      elsewhere: createElsewhere({ clock, ids, boot, parking: plain.parking, others: bus.join(own) }),
      attempts: createAttempts({ monotonic: () => 0 }, () => ({ rate: { count: 1, periodMs: 1_000 }, burst: 1_000 })),
      refusals: { count: () => undefined },
      open: (request, received) =>
        envelopeOf(keys, createCall(request, undefined, received), noFacts, {
          guards: digest,
          policy: digest,
          settings: {},
        }),
      judgeAtGateway: (envelope) =>
        judge(
          [{ id: 'switch', station: 'gateway', grants: false, shadow: false, judge: () => thrown.opinion }],
          envelope,
        ),
      decisions: createEmbeddedDecisionService({
        boundGuards: [{ ...only, judge: () => ({ effect: 'allow' }) }],
        audit,
        observer,
      }),
      clientRequests: (asking) =>
        createClientRequests(
          {
            ...records,
            journal: log,
            counters,
            sanitize: plain.sanitize,
            granted: config.upstreams['orders']?.client_requests,
            judge: () => null,
            refused: () => undefined,
          },
          asking,
        ),
      mayAskClient: () => grants !== undefined,
      outcomes: createOutcomeRecorder({ ...records, journal: log, spool: createMemorySpool() }),
      endLeases: async ({ callId }) => void ended.push(callId),
      timeoutMs: () => 30_000,
    };
  };
  const story = async (): Promise<string[]> =>
    (await memory.journal.readAll('shop', { after: 0, limit: 100 })).map(({ type, bytes }) => {
      const { data } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { data: JsonObject };
      return [type, data['reason'] ?? data['outcome'] ?? ''].join(' ').trim();
    });
  return { one: gatewayOf('boot-1', 0), other: gatewayOf('boot-2', 1), bus, sent, ended, thrown, time, story };
}

export const request: CallRequest = {
  ...plainRequest,
  capabilities: { elicitation: {}, sampling: {} },
  target: toolTarget('branch'),
  arguments: { order_id: '1' },
};
export const modern: ClientContext = {
  signal: new AbortController().signal,
  progressToken: null,
  notify: () => undefined,
  ask: null,
  comesBack: true,
};

export function suspendedIn(answer: Answer | null): JsonObject {
  if (answer?.kind !== 'input_required') throw new Error(`not suspended: ${JSON.stringify(answer)}`);
  return JSON.parse(JSON.stringify(answer.suspended)) as JsonObject;
}
export const textOf = (answer: Answer | null): string =>
  answer?.kind === 'refused' ? answer.text : JSON.stringify(answer);
