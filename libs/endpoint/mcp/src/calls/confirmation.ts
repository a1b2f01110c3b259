import { type Answer, clientMethod, type JsonObject, type JsonValue, type Requirement } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import type { McpRequest } from '../protocol/mcp-request.ts';

/** A call that waits for its own caller's yes, and for nobody else's. */
export type SelfHold = Extract<Answer, { kind: 'refused' }> & { readonly meta: { readonly approval: string } };

/** Under this name a modern client answers our question. */
export const QUESTION = 'sallyport-confirm';

const MAX_QUESTION = 2_000;
/** What can't be seen, but for line breaks and the isolates in which a quotation from the right to the left stands. */
const UNSEEN = /(?![\n\u2068\u2069])[\p{C}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** Says whether an answer is a hold that the caller can lift alone. */
export function isSelfHold(answer: Answer): answer is SelfHold {
  if (answer.kind !== 'refused' || answer.meta.decision !== 'hold' || answer.meta.approval === undefined) return false;
  return answer.requirements.length > 0 && answer.requirements.every(({ who }) => who === 'self');
}

/**
 * Says whether the client can put a form before its user: on the stateless revision by what it declared with the
 * request (a bare `elicitation` means forms), else from 2025-06-18 on, over the stream of the waiting request. Over a completion
 * nobody is asked.
 */
export function canElicit({ message, client, reply }: McpRequest): boolean {
  if (clientMethod(message.method)?.mayAsk !== true) return false;
  const { elicitation } = client.capabilities;
  if (!isObject(elicitation)) return false;
  if (Object.keys(elicitation).length > 0 && !isObject(elicitation['form'])) return false;
  if (client.era === 'modern') return true;
  return client.version >= '2025-06-18' && client.asks !== null && reply.canStream;
}

/** Says whether a question can be put in a form with all that it is about. Nobody may say yes to what they can't see. */
export function isWhole(requirements: readonly Requirement[]): boolean {
  return requirements.every(({ cut }) => cut !== true) && messageOf(requirements).length <= MAX_QUESTION;
}

/** Every question of ours begins with this, and no question of an upstream: its words are quoted behind a line with its name. */
const OURS = 'Sallyport asks: ';

/** The parameters of `elicitation/create`: a form with one yes or no. */
export function questionOf(requirements: readonly Requirement[]): JsonObject {
  const confirm = {
    type: 'boolean',
    title: 'Yes, do this',
    description: 'Tick this to agree. Without your yes nothing is done.',
  };
  return {
    message: messageOf(requirements),
    requestedSchema: { type: 'object', properties: { confirm }, required: ['confirm'] },
  };
}

function messageOf(requirements: readonly Requirement[]): string {
  const asks = [...new Set(requirements.map(({ ask }) => ask))].join('\n');
  // Values are quoted where the question is made. Nothing else may repaint or reorder the user's screen either.
  return OURS + asks.replace(UNSEEN, '');
}

/** `unticked` is a form that was sent without the yes, by oversight as likely as not; `later` one that was put away. */
export type FormAnswer = 'yes' | 'no' | 'unticked' | 'later';

/** What a user answered. */
export function readAnswer(answer: JsonValue | undefined): FormAnswer {
  if (!isObject(answer)) return 'later';
  const { action, content } = answer;
  if (action === 'accept') return isObject(content) && content['confirm'] === true ? 'yes' : 'unticked';
  return action === 'decline' ? 'no' : 'later';
}
