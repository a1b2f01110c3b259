import type { Call, ClientAnswer, RefusedAsk } from '@sallyport/contracts';
import type { ClientRequestFacts, ClientRequestRecords } from './client-request-records.ts';
import type { ClientRequestParts } from './client-requests.ts';
import type { ClientRequestReason, NotAsked } from './reading.ts';

const METHOD_NOT_FOUND = -32601;
const INVALID_PARAMS = -32602;
export const INTERNAL_ERROR = -32603;

const codes: Partial<Readonly<Record<ClientRequestReason, number>>> = {
  not_granted: METHOD_NOT_FOUND,
  unknown_method: METHOD_NOT_FOUND,
  client_cannot: METHOD_NOT_FOUND,
  forbidden: METHOD_NOT_FOUND,
  too_large: INVALID_PARAMS,
  malformed: INVALID_PARAMS,
  asks_for_credential: INVALID_PARAMS,
  imitates_sallyport: INVALID_PARAMS,
  url_not_granted: INVALID_PARAMS,
  tools_not_granted: INVALID_PARAMS,
};

/** The refusals of one call: the first of each kind on record at once, those that repeat it as one event with their count. */
export interface RefusalLog {
  refuse(facts: ClientRequestFacts, refused: NotAsked): Promise<ClientAnswer>;
  /** What was refused, each kind once. */
  all(): readonly RefusedAsk[];
  /** Writes what was only counted. Never rejects. */
  close(): Promise<void>;
}

interface Counted {
  readonly refused: NotAsked;
  facts: ClientRequestFacts;
  count: number;
}

/** What the upstream hears of a refusal. */
export function errorOf({ reason, says }: NotAsked): ClientAnswer {
  return { error: { code: codes[reason] ?? INTERNAL_ERROR, message: says } };
}

/** Builds it for one call. A refusal that can't be recorded is one all the same. */
export function createRefusalLog(
  { observer, refused: tell }: Pick<ClientRequestParts, 'observer' | 'refused'>,
  records: ClientRequestRecords,
  { upstream }: Call,
): RefusalLog {
  const seen = new Map<string, Counted>();

  async function write({ facts, refused: { reason, rules }, count }: Counted): Promise<void> {
    try {
      const why = { reason, ...(rules && { rules: [...rules] }) };
      await records.decided({ ...facts, decision: 'deny', ...why, changes: [], count }, null);
    } catch (error) {
      observer.incident('audit_unavailable', String(error));
    }
  }

  return {
    async refuse(facts, refused) {
      const key = `${facts.method} ${refused.reason}`;
      const known = seen.get(key);
      if (known === undefined) {
        seen.set(key, { refused, facts, count: 0 });
        tell(upstream, facts.method, refused);
        await write({ facts, refused, count: 1 });
      } else {
        known.count += 1;
        known.facts = facts;
      }
      return errorOf(refused);
    },
    all: () =>
      [...seen.values()].map(({ facts, refused: { reason, says } }) => ({ method: facts.method, reason, says })),
    async close() {
      for (const counted of seen.values()) if (counted.count > 0) await write(counted);
    },
  };
}
