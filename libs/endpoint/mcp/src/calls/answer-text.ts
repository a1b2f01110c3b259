import type { Answer, DecisionMeta, JsonObject, Principal, Requirement } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { type Era, errorCodes, metaKeys } from '@sallyport/mcp';
import type { Fault } from '../protocol/fault.ts';
import { isWhole } from './confirmation.ts';
import type { ApproveWith } from '../protocol/mcp-request.ts';

export type Refused = Extract<Answer, { kind: 'refused' }>;

/** The JSON text of a tool result: the upstream's, with our decision in its `_meta`. */
export function resultOf({ result, meta }: Extract<Answer, { kind: 'result' }>, era: Era): string {
  const { _meta, ...rest } = result;
  delete rest['resultType']; // the two revisions spell completeness each in their own way
  const marked = { ...(isObject(_meta) ? _meta : {}), [metaKeys.decision]: metaOf(meta) };
  return JSON.stringify(
    era === 'modern' ? { resultType: 'complete', ...rest, _meta: marked } : { ...rest, _meta: marked },
  );
}

/** The JSON text of a refusal: a tool result with `isError`, so that the model can read it and go on. */
export function refusalOf(text: string, meta: DecisionMeta, era: Era): string {
  const refusal = { content: [{ type: 'text', text }], isError: true, _meta: { [metaKeys.decision]: metaOf(meta) } };
  return JSON.stringify(era === 'modern' ? { resultType: 'complete', ...refusal } : refusal);
}

function metaOf({ decision, reason, id, retryAfterMs, approval }: DecisionMeta): JsonObject {
  return {
    decision,
    reason,
    id,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
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
const URL_REQUIRED = -32042;

/** An error of the upstream, with our decision in its data. */
export function errorOf(answer: Extract<Answer, { kind: 'error' }>, era: Era): Fault {
  const { code, message, elicitations, meta } = answer;
  const decision = { [metaKeys.decision]: metaOf(meta) };
  const fault = { status: 200, reason: meta.reason };
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

/** Unknown and invisible tools answer alike. */
export function unknownTool(name: string): Fault {
  const message = `Unknown tool: ${name}`;
  return { status: 200, code: errorCodes.invalidParams, message, reason: 'unknown_tool' };
}
