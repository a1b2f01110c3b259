import type { Heard, ClientAccount } from './client-account.ts';
import type { RecordedCall, RecordReader } from './record-reader.ts';

/** Everything that may not happen, by kind, with what was found. */
export interface Faults {
  /** The upstream did something without an allow on record. */
  readonly unrecorded: string[];
  /** The upstream did something twice. */
  readonly twice: string[];
  /** The record says something about a call that is not so. */
  readonly untrue: string[];
  /** An allow of an ended process that nothing follows. */
  readonly open: string[];
  /** A client was told what the record does not hold. */
  readonly unbacked: string[];
  /** Gaps, bytes that are not those of their hash, lost events. */
  readonly log: string[];
  /** Nobody forged anything here: a message of our own raised the alarm. */
  readonly forged: string[];
}

export interface Evidence {
  readonly record: RecordReader;
  /** How often the upstream was made to do what each message asked. */
  readonly effects: Readonly<Record<string, number>>;
  readonly clients: ClientAccount;
  /** Processes that run now; their calls may still be open. */
  readonly live: ReadonlySet<string>;
}

/** Holds the record, what the upstream did, and what clients were told against each other. */
export function verify({ record, effects, clients, live }: Evidence): Faults {
  const allowed = new Map<string, RecordedCall>();
  for (const call of record.calls.values()) {
    if (call.decision === 'allow' && call.message !== null) allowed.set(call.message, call);
  }
  const faults: Faults = {
    ...{ unrecorded: [], twice: [], untrue: [], open: [], unbacked: [] },
    log: [...record.faults],
    forged: [...record.forged],
  };
  for (const [message, count] of Object.entries(effects))
    lookAtEffect(faults, message, { count, call: allowed.get(message) });
  for (const [id, call] of record.calls) lookAt(id, call, { faults, effects, live });
  for (const [message, heard] of clients.heard) {
    const wrong =
      foreign(record, message, heard) ??
      (heard.ran ? unbackedResult(allowed.get(message)) : unbackedRefusal(record, heard, message));
    if (wrong !== null) faults.unbacked.push(`${message}: ${wrong}`);
  }
  return faults;
}

function lookAtEffect(
  faults: Faults,
  message: string,
  { count, call }: { readonly count: number; readonly call: RecordedCall | undefined },
): void {
  if (call === undefined) faults.unrecorded.push(message);
  if (count > 1) faults.twice.push(`${message} ran ${count} times`);
  if (call?.then.includes('call.not_run') === true) faults.untrue.push(`${message} ran, and is said not to have`);
}

function lookAt(
  id: string,
  { decision, message, boot, then }: RecordedCall,
  around: Pick<Evidence, 'effects' | 'live'> & { readonly faults: Faults },
): void {
  const { faults, effects } = around;
  const outcomes = then.filter((type) => type !== 'call.outcome_unknown');
  if (decision !== 'allow' && then.length > 0) faults.untrue.push(`call ${id} was refused, and then ${then.join()}`);
  if (outcomes.length > 1) faults.untrue.push(`call ${id} ended ${outcomes.join(' and ')}`);
  if (decision === 'allow' && then.length === 0 && !around.live.has(boot))
    faults.open.push(`call ${id} of boot ${boot}`);
  if (outcomes[0] === 'call.completed' && effects[message ?? ''] === undefined)
    faults.untrue.push(`call ${id} is said to have completed, and did nothing`);
}

/** An answer must be about the call that its caller sent. */
function foreign({ calls }: RecordReader, message: string, { id }: Heard): string | null {
  const about = id === null ? null : (calls.get(id)?.message ?? null);
  return about === null || about === message ? null : `the answer is that of ${about}`;
}

function unbackedResult(call: RecordedCall | undefined): string | null {
  if (call === undefined) return 'a result was answered, no allow is on record';
  return call.then.includes('call.completed')
    ? null
    : `a result was answered, the record has ${call.then.join() || 'none'}`;
}

/** These are answers about the record itself: nothing of them can be in it. */
const aboutTheRecord = new Set(['audit_unavailable', 'ran_unrecorded']);

/** Answers of a connection: the request was not read to its end, so no call began. */
const beforeACall = new Set(['too_slow', 'too_many_connections']);

function unbackedRefusal({ calls }: RecordReader, heard: Heard, sent: string): string | null {
  if (aboutTheRecord.has(heard.reason)) return null;
  if (beforeACall.has(heard.reason)) {
    const began = [...calls.values()].some(({ message }) => message === sent);
    return began ? `${heard.reason} was answered, and a call is on record` : null;
  }
  if (heard.id === null) return `an answer that names no call: ${heard.reason}`;
  const call = calls.get(heard.id);
  if (call === undefined) return `${heard.reason} was answered, the call is not on record`;
  const notSent = call.decision === 'allow' && call.then.includes('call.not_run');
  if (call.decision === heard.decision || notSent) return null;
  return `${heard.decision} was answered, ${call.decision} and ${call.then.join() || 'nothing'} are on record`;
}
