import type { Envelope, Verdict } from '@sallyport/contracts';
import { isRecord, parsed } from './wire.ts';

/** An envelope without what the stations say of it. */
export type Unjudged = Omit<Envelope, 'verdicts'>;

/** The text of an envelope that is signed and passed on. */
export function envelopeText({
  version,
  call,
  facts,
  factsDigest,
  guards,
  policy,
  settings,
  withheld,
}: Unjudged): string {
  return JSON.stringify({ version, call, facts, factsDigest, guards, policy, settings, withheld });
}

/** Reads the text of an envelope that anybody may have written; null where a guard could not even look at it. */
export function readEnvelope(text: string): Unjudged | null {
  const value = parsed(text);
  return isUnjudged(value) ? value : null;
}

/** Reads the text of verdicts; null for what is none. What they say is for `decide` to judge. */
export function readVerdicts(text: string): readonly Verdict[] | null {
  const value = parsed(text);
  return Array.isArray(value) && value.every(isVerdict) ? value : null;
}

function isUnjudged(value: unknown): value is Unjudged {
  if (!isRecord(value) || value['version'] !== 1 || !hasTexts(value, ['factsDigest', 'guards', 'policy'])) return false;
  const { call, facts, settings, withheld } = value;
  if (!isRecord(settings) || !hasTexts(settings, Object.keys(settings))) return false;
  return isCall(call) && isFacts(facts) && isWithheld(withheld);
}

function isWithheld(withheld: unknown): boolean {
  if (withheld === undefined) return true;
  return isRecord(withheld) && hasTexts(withheld, ['digest']) && areNumbers(withheld['bytes']);
}

function isCall(call: unknown): boolean {
  if (!isRecord(call) || call['action'] !== 'tools/call') return false;
  if (!hasTexts(call, ['callId', 'tenant', 'upstream', 'tool', 'digest'])) return false;
  if (!['session', 'flow', 'definition', 'traceparent'].every((name) => isTextOrNull(call[name]))) return false;
  const { gateway, subject, agent, arguments: given, receivedAt, deadline } = call;
  return isGateway(gateway) && isPeople(subject, agent) && isRecord(given) && areNumbers(receivedAt, deadline);
}

function isGateway(gateway: unknown): boolean {
  return isRecord(gateway) && hasTexts(gateway, ['boot']) && areNumbers(gateway['counter']);
}

function isPeople(subject: unknown, agent: unknown): boolean {
  if (!isRecord(subject) || !hasTexts(subject, ['id', 'issuer']) || !areTexts(subject['roles'])) return false;
  return isRecord(agent) && hasTexts(agent, ['id']) && typeof agent['verified'] === 'boolean';
}

function isFacts(facts: unknown): boolean {
  if (!isRecord(facts) || !areNumbers(facts['bulk'], facts['bytes'], facts['depth'])) return false;
  return areTexts(facts['wildcards']) && areTexts(facts['unbounded']) && areRecords(facts['resources']);
}

function isVerdict(value: unknown): value is Verdict {
  return isRecord(value) && hasTexts(value, ['guard', 'effect']);
}

function hasTexts(value: Record<string, unknown>, names: readonly string[]): boolean {
  return names.every((name) => typeof value[name] === 'string');
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string';
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function areRecords(value: unknown): boolean {
  return Array.isArray(value) && value.every(isRecord);
}

function areNumbers(...values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === 'number');
}
