import type {
  Answer,
  CallAction,
  DecisionMeta,
  JsonObject,
  Principal,
  Requirement,
  TargetKind,
} from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { type Era, errorCodes, metaKeys } from '@sallyport/mcp';
import type { Fault } from '../protocol/fault.ts';
import { isWhole } from './confirmation.ts';
import type { ApproveWith } from '../protocol/mcp-request.ts';

export type Refused = Extract<Answer, { kind: 'refused' }>;
type Result = Extract<Answer, { kind: 'result' }>;

/** The JSON text of a result: the upstream's, with our decision in its `_meta`. */
export function resultOf({ result, meta }: Pick<Result, 'result' | 'meta'>, action: CallAction, era: Era): string {
  const { _meta, ...rest } = result;
  delete rest['resultType']; // the two revisions spell completeness each in their own way
  const marked = { ...(isObject(_meta) ? _meta : {}), [metaKeys.decision]: metaOf(meta) };
  if (era !== 'modern') return JSON.stringify({ ...rest, _meta: marked });
  const kept = action === 'resources/read' ? keptFor(rest) : {};
  return JSON.stringify({ resultType: 'complete', ...rest, ...kept, _meta: marked });
}

/**
 * How long a client may keep a resource: as long as its server says. What it is depends on who asks, so that it is never to be
 * shared (2026-07-28, server/utilities/caching).
 */
function keptFor({ ttlMs }: JsonObject): JsonObject {
  return { ttlMs: typeof ttlMs === 'number' && ttlMs >= 0 ? ttlMs : 0, cacheScope: 'private' };
}

/** The JSON text of a refusal: a tool result with `isError`, so that the model can read it and go on. */
export function refusalOf(text: string, meta: DecisionMeta, era: Era): string {
  const refusal = { content: [{ type: 'text', text }], isError: true, _meta: { [metaKeys.decision]: metaOf(meta) } };
  return JSON.stringify(era === 'modern' ? { resultType: 'complete', ...refusal } : refusal);
}

/** A refusal of what isn't a tool: only a tool's result can say so to the model. */
export function refusedError(message: string, meta: DecisionMeta): Fault {
  const data = { [metaKeys.decision]: metaOf(meta) };
  return { status: 200, code: errorCodes.refused, message, data, reason: meta.reason };
}

export function metaOf({ decision, reason, id, retryAfterMs, approval, refusedRequests }: DecisionMeta): JsonObject {
  return {
    decision,
    reason,
    id,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(refusedRequests && { refusedRequests: refusedRequests.map((one) => ({ ...one })) }),
    ...(approval === undefined ? {} : { approval }),
  };
}

/** What a refused client reads: where a call waits for people, who has to run which command; else what the gateway says. */
export function adviceOf(
  { text, meta, requirements }: Refused,
  { approveWith, principal }: { readonly approveWith: ApproveWith; readonly principal: Principal },
): string {
  if (meta.decision !== 'hold' || meta.approval === undefined || requirements.length === 0) return text;
  const isOwn = requirements.every(({ who }) => who === 'self');
  const why = isOwn && !isWhole(requirements) ? 'The question is too long to be shown whole in a form. ' : '';
  const whom = isOwn ? 'your approval' : requirements.map(whomOf).join(' and ');
  const command = approveWith(meta.approval);
  if (command === null) return `${why}Waiting for ${whom} (${meta.approval}). ${UNREACHABLE}`;
  const how = isOwn
    ? `run \`${command}\` with ${ownToken(principal)}`
    : `each runs \`${command}\` with a token of their own`;
  return `${why}Waiting for ${whom} (${meta.approval}): ${how}; then call again with the same arguments.`;
}

/** The token that counts as the caller's own yes. The agent has the one that it calls with. */
function ownToken({ subject, client }: Principal): string {
  const other = client === null ? '' : ', from a sign-in by another client than this one';
  return `a token of yours (${subject.id})${other}`;
}

/** Why nobody can answer: what `listen` names is another program's. */
const UNREACHABLE =
  'Nobody can give it now: this process could not take the address of `listen`. Set `listen` in sallyport.yaml to a free one and start it again.';

function whomOf({ who, count, group }: Requirement): string {
  if (who === 'self') return 'your own yes';
  if (who === 'group') return `${count} of ${group ?? 'a group'}`;
  return count === 1 ? 'one other person' : `${count} other people`;
}

/** -32042 is of 2025-11-25 alone: where it is not known, the text has the addresses. */
export const URL_REQUIRED = -32042;

/**
 * An error of the upstream, with our decision in its data.
 *
 * @param uri what was to be read, as the client wrote it; null for what is no resource
 */
export function errorOf(answer: Extract<Answer, { kind: 'error' }>, era: Era, uri: string | null): Fault {
  const { code, message, elicitations, meta } = answer;
  const decision = { ...(uri === null ? {} : { uri }), [metaKeys.decision]: metaOf(meta) };
  const fault = { status: 200, reason: meta.reason };
  // 2026-07-28 has no code of its own for it (SEP-2164).
  if (code === errorCodes.resourceNotFound && era === 'modern')
    return { ...fault, code: errorCodes.invalidParams, message, data: decision };
  if (code !== URL_REQUIRED) return { ...fault, code, message, data: decision };
  const addresses = elicitations.map(({ url }) => String(url)).join(' ');
  if (era === 'modern')
    return { ...fault, code: errorCodes.internal, message: `${message} ${addresses}`, data: decision };
  return { ...fault, code, message, data: { elicitations: [...elicitations], ...decision } };
}

/** A call that a token with more scopes may make. The client reads the status and its challenge, a person may read this. */
export function insufficientScope(message: string, meta: DecisionMeta): Fault {
  const data = { [metaKeys.decision]: metaOf(meta) };
  return { status: 403, code: errorCodes.invalidRequest, message, data, reason: meta.reason };
}

/** What there is not, and what may not be known to be there, answer alike. */
export function unknownTarget({ kind, name }: { readonly kind: TargetKind; readonly name: string }, era: Era): Fault {
  const fault = { status: 200, code: errorCodes.invalidParams, reason: `unknown_${kind}` };
  if (kind !== 'resource') return { ...fault, message: `Unknown ${kind}: ${name}` };
  const code = era === 'modern' ? errorCodes.invalidParams : errorCodes.resourceNotFound;
  return { ...fault, code, message: `Resource not found: ${name}`, data: { uri: name } };
}
