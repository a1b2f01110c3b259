import {
  type Answer,
  type ClientContext,
  type DecisionMeta,
  type JsonObject,
  type JsonValue,
  resultWithQualifiedUris,
} from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { errorCodes, errorText, resultText as answerText } from '@sallyport/mcp';
import type { Fault } from '../protocol/fault.ts';
import {
  adviceOf,
  errorOf,
  insufficientScope,
  type Refused,
  refusalOf,
  refusedError,
  resultOf,
  unknownTarget,
} from './answer-text.ts';
import { mirroredArgumentsFault, readCall, type ReadCall } from './call-request.ts';
import {
  canElicit,
  type FormAnswer,
  isSelfHold,
  isWhole,
  QUESTION,
  questionOf,
  readAnswer,
  type SelfHold,
} from './confirmation.ts';
import type { McpRequest, ServingParts } from '../protocol/mcp-request.ts';
import type { HeldCall, RequestStates } from './request-state.ts';
import { opensUrls, SIGN_IN, signInText, type SignInPage, urlElicitation, urlRequired } from './sign-in.ts';
import { clientContextOf } from './client-context.ts';

/** One call on its way. */
interface Running extends McpRequest {
  readonly parts: ServingParts & { readonly states: RequestStates };
  readonly call: ReadCall;
  readonly around: ClientContext;
}

/** How often a call may ask its user: about another approval, or once more where the box was left unticked. */
const MAX_QUESTIONS = 3;

/**
 * Serves a call by any of its methods: reads it, hands it to the gateway, puts the answer on the wire. A call that is held for its own
 * caller is put to them where the client can do that; their yes is a vote, and the call is then judged again.
 *
 * @returns a fault for what never became a call
 */
export async function serveCall(parts: Running['parts'], request: McpRequest): Promise<Fault | null> {
  const { message, client } = request;
  const call = await readCall(parts, request);
  if ('code' in call) return call;
  const fault = mirroredArgumentsFault(parts, call, client);
  if (fault !== null) return fault;
  const running = { ...request, parts, call, around: clientContextOf(parts, request) };
  if (client.era === 'modern' && message.params['requestState'] !== undefined) return resume(running);
  await conclude(running, await parts.gateway.call(call.request, running.around), MAX_QUESTIONS);
  return null;
}

/** The second try of a modern client, with what it was asked for. */
async function resume(running: Running): Promise<Fault | null> {
  const { parts, message, call } = running;
  const { requestState, inputResponses } = message.params;
  const carried = typeof requestState === 'string' ? parts.states.open(requestState, call.request) : null;
  if (carried === null) return badState;
  const responses = isObject(inputResponses) ? inputResponses : {};
  if ('held' in carried) {
    await afterAnswer(running, carried.held, readAnswer(responses[QUESTION]));
    return null;
  }
  if ('signingIn' in carried) {
    await afterSignIn(running, responses[SIGN_IN], carried.signingIn.tries);
    return null;
  }
  const answer = await parts.gateway.continueCall(call.request, carried.suspended, responses, running.around);
  if (answer === null) return badState;
  await conclude(running, answer, 0);
  return null;
}

const badState: Fault = {
  status: 200,
  code: errorCodes.invalidParams,
  message: 'Invalid params: requestState does not belong to this call, is too old, or was used.',
  reason: 'bad_request_state',
};

/** Puts an answer on the wire, or asks the user first. */
async function conclude(running: Running, answer: Answer, questions: number): Promise<void> {
  const { client } = running;
  if (questions > 0 && isSelfHold(answer) && isWhole(answer.requirements) && canElicit(running)) {
    const held = { approval: answer.meta.approval, callId: answer.meta.id, questions: questions - 1 };
    return client.era === 'modern' ? requireInput(running, answer, held) : ask(running, answer, held);
  }
  const page = signInPage(running, answer);
  if (page !== null) return showSignIn(running, page, questions);
  tell(running, answer);
}

/** The page that a refused caller has to go to; null where nothing is gained by that, or no browser gets there. */
function signInPage({ parts, call }: Running, answer: Answer): SignInPage | null {
  if (answer.kind !== 'refused' || answer.meta.reason !== 'sign_in_required') return null;
  const { upstream, principal } = call.request;
  const url = parts.signInAt(upstream, principal);
  return url === null ? null : { url, upstream, meta: answer.meta };
}

/** Has the client show the page, or says to the model where it is. */
function showSignIn(running: Running, page: SignInPage, tries: number): void {
  const { client, parts, call } = running;
  if (tries === 0 || !opensUrls(running)) return refuse(running, signInText(page), page.meta);
  if (client.era !== 'modern') return fail(running, urlRequired(page));
  const requestState = parts.states.seal({ signingIn: { tries: tries - 1 } }, call.request);
  const inputRequests = { [SIGN_IN]: { method: 'elicitation/create', params: urlElicitation(page) } };
  end(running, JSON.stringify({ resultType: 'input_required', inputRequests, requestState }));
}

/** The user was shown the page, and may be done with it. */
async function afterSignIn(running: Running, response: JsonValue | undefined, tries: number): Promise<void> {
  const { parts, call, around } = running;
  const isShown = isObject(response) && response['action'] === 'accept';
  await conclude(running, await parts.gateway.call(call.request, around), isShown ? tries : 0);
}

function tell(running: Running, answer: Answer): void {
  if (answer.kind === 'result') {
    running.subscription?.keep();
    return end(running, resultText(running, answer));
  }
  if (answer.kind === 'input_required') return passOn(running, answer);
  if (answer.kind !== 'refused') return fail(running, faultOf(answer, running));
  turnDown(running, answer);
}

/** Where those of all upstreams stand together, the URIs in a result are what `resources/read` takes there. */
function resultText({ parts, client, call }: Running, { result, meta }: Extract<Answer, { kind: 'result' }>): string {
  const { upstream, action } = call.request;
  const isShared = client.upstream === null && parts.gateway.kinds(upstream).includes('resource');
  const shown = isShared ? resultWithQualifiedUris(upstream, action, result) : result;
  return resultOf({ result: shown, meta }, action, client.era);
}

/** Says why a call is refused, where the client has a way to mend it in that way, else in words. */
function turnDown(running: Running, answer: Refused): void {
  const { client, parts, call } = running;
  if (client.era === 'modern' && answer.missingCapabilities !== undefined)
    return fail(running, missingCapability(answer.missingCapabilities));
  if (answer.missingScopes !== undefined && challenged(running, answer, answer.missingScopes)) return;
  const { approveWith } = parts;
  refuse(running, adviceOf(answer, { approveWith, principal: call.request.principal }), answer.meta);
}

/** Has the client get a token with more scopes; false where it can only be told. */
function challenged({ message, reply }: Running, { text, meta }: Refused, scopes: readonly string[]): boolean {
  return reply.challenge?.(scopes, errorText(message.id, insufficientScope(text, meta))) === true;
}

function faultOf(answer: Extract<Answer, { kind: 'error' | 'unknown_tool' }>, { client, call }: Running): Fault {
  const { kind } = call.request.target;
  if (answer.kind === 'unknown_tool') return unknownTarget({ kind, name: call.name }, client.era);
  return errorOf(answer, client.era, kind === 'resource' ? call.name : null);
}

function missingCapability(requiredCapabilities: JsonObject): Fault {
  return {
    status: 400,
    code: errorCodes.missingCapability,
    message: 'The call needs a capability that the client did not declare.',
    data: { requiredCapabilities },
    reason: 'missing_capability',
  };
}

/** 2026-07-28: the question is the answer to the request; the client asks its user and tries again. */
function requireInput(running: Running, { requirements }: SelfHold, held: HeldCall): void {
  const { parts, call } = running;
  const params = { mode: 'form', ...questionOf(requirements) };
  const requestState = parts.states.seal({ held }, call.request);
  const inputRequests = { [QUESTION]: { method: 'elicitation/create', params } };
  end(running, JSON.stringify({ resultType: 'input_required', inputRequests, requestState }));
}

/** The same for what an upstream asks. */
function passOn(running: Running, { requests, suspended }: Extract<Answer, { kind: 'input_required' }>): void {
  const requestState = running.parts.states.seal({ suspended }, running.call.request);
  end(running, JSON.stringify({ resultType: 'input_required', inputRequests: requests, requestState }));
}

/** 2025-06-18 and 2025-11-25: the client is asked over the stream of the waiting request. */
async function ask(running: Running, { requirements }: SelfHold, held: HeldCall): Promise<void> {
  const { parts, client, reply } = running;
  const question = { method: 'elicitation/create', params: questionOf(requirements) };
  const options = {
    send: (text: string) => reply.stream(text, false),
    signal: AbortSignal.any([reply.controller.signal, reply.gone, parts.stopping]),
    timeoutMs: parts.askMs,
  };
  const answered = client.asks?.ask(question, options).then(readAnswer, () => 'later' as const);
  await afterAnswer(running, held, (await answered) ?? 'later');
}

async function afterAnswer(running: Running, held: HeldCall, answer: FormAnswer): Promise<void> {
  const { parts, call, around } = running;
  const { approval, callId: id, questions } = held;
  if (answer === 'later') {
    const text = `Waiting for your approval (${approval}); call again with the same arguments to be asked again.`;
    return refuse(running, text, { decision: 'hold', reason: 'approval_required', id, approval });
  }
  // Nobody said no: the same question is put once more, in the words of now.
  if (answer === 'unticked') return conclude(running, await parts.gateway.call(call.request, around), questions);
  const { principal } = call.request;
  const vote = answer === 'yes' ? 'approve' : 'reject';
  const voted = await parts.gateway.vote({ principal, approval, answer: vote, channel: 'elicitation' });
  if (answer === 'no') {
    const text = `You said no, so nothing was done. Reference ${id}.`;
    return refuse(running, text, { decision: 'deny', reason: 'rejected', id, approval });
  }
  // Judged again even where the vote came too late: the yes may have been given elsewhere in the meantime.
  const again = await parts.gateway.call(call.request, around);
  await conclude(running, again, voted.accepted ? questions : 0);
}

function end({ message, reply }: Running, result: string): void {
  reply.end(200, answerText(message.id, result));
}

/** Refuses a tool's call by a result, which the model reads, and what has no such result by an error. */
function refuse(running: Running, text: string, meta: DecisionMeta): void {
  if (running.call.request.action === 'tools/call') end(running, refusalOf(text, meta, running.client.era));
  else fail(running, refusedError(text, meta));
}

function fail({ message, reply }: Running, fault: Fault): void {
  reply.end(fault.status, errorText(message.id, fault));
}
