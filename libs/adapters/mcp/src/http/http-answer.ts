import type { Outcome } from '@sallyport/contracts';
import { isObject, numberOf } from '@sallyport/base';
import { errorCodes, parseMessage } from '@sallyport/mcp';
import { shortText, failed, outcomeOf } from '../wire/read-outcome.ts';
import type { Reply } from './exchange.ts';

/** Turns what came back into an outcome. A status is trusted only where the body is not an answer to our id. */
export function readAnswer(reply: Reply, id: number): Outcome {
  if (reply.kind === 'failed') return reply;
  if (reply.kind === 'message') return outcomeOf(reply.message, id);
  const { status, headers, body } = reply;
  if (status !== 200) return notOk(status, body, id);
  const type = headers['content-type'] ?? '';
  if (!type.toLowerCase().startsWith('application/json')) {
    return failed('upstream_garbage', true, `the answer is of type ${type.slice(0, 64) || '(none)'}`);
  }
  const message = parseMessage(body);
  return message === undefined
    ? failed('upstream_garbage', true, 'the answer is not a JSON object')
    : outcomeOf(message, id);
}

function notOk(status: number, body: string, id: number): Outcome {
  const message = parseMessage(body);
  if (status >= 400 && message !== undefined && numberOf(message['id']) === id) {
    const outcome = outcomeOf(message, id);
    if (outcome.kind === 'error') return outcome;
  }
  const error = message?.['error'];
  const told = isObject(error) ? `${shortText(error['code'])} ${shortText(error['message'])}` : shortText(error);
  if (status < 400) return failed('upstream_garbage', true, `HTTP ${status} is no answer; redirects are not followed`);
  return failed('upstream_down', true, message === undefined ? `HTTP ${status}` : `HTTP ${status}: ${told}`);
}

/** True when an answer says that the upstream does not speak the era that we took it for. */
export function contradictsEra(reply: Reply, outcome: Outcome): boolean {
  if (outcome.kind === 'error') return outcome.code === errorCodes.unsupportedVersion;
  if (reply.kind !== 'whole' || outcome.kind === 'result') return false;
  return [400, 404, 405, 406, 415].includes(reply.status);
}
