import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject, Outcome } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { answerAmong, errorCodes, ownId, parseMessages } from '@sallyport/mcp';
import { shortText, failed, outcomeOf } from '../wire/read-outcome.ts';
import type { Reply } from './exchange.ts';

/** Turns what came back into an outcome. A status is trusted only where the body is not an answer to our id; a type is not looked at. */
export function readAnswer(reply: Reply, id: number): Outcome {
  if (reply.kind === 'failed') return reply;
  if (reply.kind === 'message') return outcomeOf(reply.message, id);
  const { status, headers, body } = reply;
  const message = answerAmong(parseMessages(body), id);
  if (status >= 300) return notOk(reply, message, id);
  if (message !== undefined) return outcomeOf(message, id);
  const type = headers['content-type']?.slice(0, 64) ?? 'without a type';
  return failed('upstream_garbage', true, `HTTP ${status} (${type}) has no answer in JSON`);
}

function notOk(
  { status, headers }: Extract<Reply, { kind: 'whole' }>,
  message: JsonObject | undefined,
  id: number,
): Outcome {
  if (status >= 400 && message !== undefined && ownId(message['id']) === id) {
    const outcome = outcomeOf(message, id);
    if (outcome.kind === 'error') return outcome;
  }
  const error = message?.['error'];
  const told = isObject(error) ? `${shortText(error['code'])} ${shortText(error['message'])}` : shortText(error);
  const what = statusText(status, headers);
  if (status < 400) return failed('upstream_garbage', true, what);
  return failed('upstream_down', true, message === undefined ? what : `${what}: ${told}`);
}

/** What another status than 2xx says, for the operator, and which setting changes it. */
export function statusText(status: number, { location, 'www-authenticate': asks }: IncomingHttpHeaders): string {
  if (status >= 300 && status < 400)
    return `HTTP ${status}, a redirect to ${location?.slice(0, 300) ?? 'nowhere'}, which is not followed: name the address in \`url\``;
  if (status !== 401 && status !== 403) return `HTTP ${status}`;
  const scheme = asks === undefined ? '' : ` (${asks.slice(0, 200)})`;
  return `HTTP ${status}, our credential is missing or not accepted: set \`headers\` or \`auth\`${scheme}`;
}

/** True when an answer says that the upstream does not speak the era that we took it for. */
export function contradictsEra(reply: Reply, outcome: Outcome): boolean {
  if (outcome.kind === 'error') return outcome.code === errorCodes.unsupportedVersion;
  if (reply.kind !== 'whole' || outcome.kind === 'result') return false;
  return [307, 308, 400, 404, 405, 406, 415].includes(reply.status);
}
