import type { Answer, DecisionMeta, JsonObject, Requirement } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { type Era, errorCodes, metaKeys } from '@sallyport/mcp';
import type { Fault } from '../protocol/fault.ts';
import { isWhole } from './confirmation.ts';
import type { ApproveWith } from '../protocol/mcp-request.ts';

type Refused = Extract<Answer, { kind: 'refused' }>;

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

/** What a refused client reads: where a call waits for people, how to get on; else what the gateway says. */
export function adviceOf({ text, meta, requirements }: Refused, approveWith: ApproveWith): string {
  if (meta.decision !== 'hold' || meta.approval === undefined || requirements.length === 0) return text;
  const command = approveWith(meta.approval);
  if (requirements.every(({ who }) => who === 'self')) {
    const why = isWhole(requirements) ? '' : 'The question is too long to be shown whole in a form. ';
    if (command === null) return `${why}Waiting for your approval (${meta.approval}). ${UNREACHABLE}`;
    return `${why}Waiting for your approval: run \`${command}\`; then call again with the same arguments.`;
  }
  const whom = requirements.map(whomOf).join(' and ');
  const how = command === null ? ` ${UNREACHABLE}` : '';
  return `Waiting for ${whom} (${meta.approval}); call again with the same arguments.${how}`;
}

/** Why nobody can answer: what `listen` names is another program's. */
const UNREACHABLE =
  'Nobody can give it now: this process could not take the address of `listen`. Set `listen` in sallyport.yaml to a free one and start it again.';

function whomOf({ who, count, group }: Requirement): string {
  if (who === 'self') return 'your own yes';
  if (who === 'group') return `${count} of ${group ?? 'a group'}`;
  return count === 1 ? 'one other person' : `${count} other people`;
}

/** Unknown and invisible tools answer alike. */
export function unknownTool(name: string): Fault {
  const message = `Unknown tool: ${name}`;
  return { status: 200, code: errorCodes.invalidParams, message, reason: 'unknown_tool' };
}
