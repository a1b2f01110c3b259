import {
  actionsOfKind,
  type Agent,
  type Call,
  type CatalogTool,
  type Envelope,
  type Facts,
  type JsonObject,
  type JsonValue,
  type Subject,
  type Verdict,
} from '@sallyport/contracts';
import { pointerTokens } from '@sallyport/base';

/** What a probe calls; a tool where `kind` is absent. */
export type ProbeTool = Pick<CatalogTool, 'upstream' | 'name' | 'digest'> & Partial<Pick<CatalogTool, 'kind'>>;

/** What a probe says of its call; everything else is made up. */
export interface ProbeCall {
  readonly tool: ProbeTool;
  readonly callId?: string;
  readonly tenant?: string;
  readonly subject?: Subject;
  readonly agent?: Agent;
  readonly session?: string | null;
  readonly arguments?: JsonObject;
  /** Digest of the call; calls with the same one are the same call. */
  readonly digest?: string;
  readonly definition?: string | null;
  readonly facts?: Partial<Facts>;
  readonly policy?: string;
  readonly verdicts?: readonly Verdict[];
}

/** Nobody real: no roles, so that a probe can't be granted anything. */
export const probeSubject: Subject = { id: 'self-check', issuer: 'sallyport', roles: [] };

/** A tool that no upstream offers. */
export const noSuchTool: ProbeTool = { upstream: 'self-check', name: 'no-such-tool', digest: null };

const noFacts: Facts = { bulk: 0, wildcards: [], unbounded: [], bytes: 2, depth: 1, resources: [] };
const ZERO = `sha256:${'A'.repeat(43)}`;

/** An envelope that no client sent, for dry runs: nothing of it reaches an upstream or the record. */
export function probeEnvelope({ tool, facts, policy = ZERO, verdicts = [], ...call }: ProbeCall): Envelope {
  return {
    version: 2,
    call: {
      ...madeUp,
      action: actionsOfKind(tool.kind ?? 'tool')[0],
      ...placeOf(tool),
      definition: tool.digest,
      ...call,
    },
    facts: { ...noFacts, ...facts },
    factsDigest: ZERO,
    guards: ZERO,
    policy,
    settings: {},
    verdicts,
  };
}

function placeOf({ upstream, kind = 'tool', name }: ProbeTool): Pick<Call, 'upstream' | 'target'> {
  return { upstream, target: { kind, name } };
}

const madeUp: Omit<Call, 'action' | 'upstream' | 'target' | 'definition'> = {
  callId: '0'.repeat(26),
  tenant: 'self-check',
  gateway: { boot: 'self-check', counter: 1 },
  subject: probeSubject,
  agent: { id: 'self-check', verified: true },
  session: null,
  flow: null,
  arguments: {},
  digest: ZERO,
  receivedAt: 0,
  deadline: Number.MAX_SAFE_INTEGER,
  traceparent: null,
};

/** Arguments that hold a value at a path of the configuration; `*` stands for the one element of a list. */
export function argumentsWith(path: string, value: JsonValue): JsonObject {
  const parsed = pointerTokens(path);
  const tokens = parsed.ok ? parsed.tokens : [];
  return tokens.reduceRight((below, name) => (name === '*' ? [below] : { [name]: below }), value) as JsonObject;
}

/** Ids for the calls of one probe: as long as real ones, and distinct. */
export function probeCallId(at: number): string {
  return `${at}`.padStart(26, '0');
}
