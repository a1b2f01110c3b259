import {
  type Call,
  type Change,
  type Commit,
  CommitRefused,
  type JsonObject,
  type Journal,
  type Keys,
  type NewEvent,
  type Observer,
  type Outcome,
  type Spool,
} from '@sallyport/contracts';
import { canonical, hmacSha256 } from '@sallyport/base';
import { notRunCommit } from './audit.ts';
import { failureReason } from './failure-reason.ts';
import { jsonBytes } from './json-bytes.ts';
import { shortText } from './short-text.ts';
import { commitOf, type EventParts, newEvent } from '@sallyport/journal';

/** What outcomes are recorded with. */
type OutcomeEventParts = EventParts & { readonly keys: Pick<Keys, 'digestKey'> };

export interface OutcomeParts extends OutcomeEventParts {
  readonly journal: Journal;
  readonly spool: Spool;
  readonly observer: Observer;
}

export interface OutcomeFacts {
  readonly outcome: Outcome;
  /** What the client is given of a result or error, sanitized. */
  readonly value: JsonObject;
  readonly changes: readonly Change[];
  /** Addresses that the client is given with an error. */
  readonly elicitations?: readonly JsonObject[];
  readonly elapsedUs: number;
}

export interface OutcomeRecorder {
  /** Records what came of a call, in the journal or else in the spool. False when neither would take it. */
  record(call: Call, facts: OutcomeFacts): Promise<boolean>;
  /** Moves spooled outcomes into the journal; resolves with how many. */
  drain(): Promise<number>;
}

/** Characters of an address. */
const MOST_ADDRESS = 2_048;

/** Records outcomes before the client hears of them (design section 2, "then outcome, then answer"). */
export function createOutcomeRecorder({ journal, spool, observer, ...parts }: OutcomeParts): OutcomeRecorder {
  return {
    async record(call, facts) {
      const commit = outcomeCommit(parts, call, facts);
      try {
        await journal.commit(commit);
        return true;
      } catch (error) {
        observer.incident('outcome_spooled', String(error));
      }
      try {
        await spool.append(commit);
        return true;
      } catch (error) {
        observer.incident('ran_unrecorded', String(error));
        return false;
      }
    },
    drain: () =>
      spool.drain(async (commit) => {
        try {
          await journal.commit(commit);
        } catch (error) {
          // What will never be taken must not keep what was spooled after it.
          if (!(error instanceof CommitRefused)) throw error;
          observer.incident('outcome_refused', String(error));
        }
      }),
  };
}

function outcomeCommit(parts: OutcomeEventParts, call: Call, facts: OutcomeFacts): Commit {
  if (facts.outcome.kind === 'failed' && !facts.outcome.sent) return notRunCommit(parts, call, facts.outcome.reason);
  const event = outcomeEvent(parts, call, facts);
  return commitOf(event, { stream: `call/${call.callId}`, commandId: `outcome/${call.callId}` });
}

function outcomeEvent(
  parts: OutcomeEventParts,
  call: Call,
  { outcome, value, changes, elicitations = [], elapsedUs }: OutcomeFacts,
): NewEvent {
  const { tenant, gateway, traceparent } = call;
  const known = { tenant, gateway: { ...gateway }, elapsed_us: elapsedUs };
  const source = `/gateway/${gateway.boot}`;
  const made = changes.map((change) => ({ ...change }));
  const addresses = elicitations.map(({ url }) => shortText(String(url), MOST_ADDRESS));
  if (outcome.kind !== 'result') {
    const reason = failureReason(outcome);
    const said = outcome.kind === 'error' ? { code: outcome.code, changes: made, addresses } : {};
    return newEvent(parts, {
      type: 'call.failed',
      source,
      traceparent,
      data: { ...known, reason, sent: true, ...said },
    });
  }
  const { result } = outcome;
  return newEvent(parts, {
    type: 'call.completed',
    source,
    traceparent,
    data: {
      ...known,
      is_error: result['isError'] === true,
      bytes: jsonBytes(result),
      ...resultDigest(parts, tenant, value),
      changes: made,
    },
  });
}

/** A result that has no canonical form (half a character, nesting without end) must not cost its outcome the record. */
function resultDigest({ keys }: OutcomeEventParts, tenant: string, value: JsonObject): { readonly result?: string } {
  try {
    return { result: hmacSha256(keys.digestKey(tenant), canonical(value)) };
  } catch {
    return {};
  }
}
