import type {
  AskedRequest,
  ClientRequestsConfig,
  Clock,
  InputRequired,
  JsonObject,
  ServerMessage,
  SuspendedCall,
} from '@sallyport/contracts';
import type { AskingCall, Granted, OneRequest } from './one-request.ts';

/** What comes of the requests of one round (2026-07-28, basic/patterns/mrtr). */
export type Round =
  /** The client answered all of them while its call waited. */
  | { readonly kind: 'answered'; readonly responses: JsonObject }
  /** The client is told them and comes back with the answers. */
  | {
      readonly kind: 'shown';
      readonly messages: Readonly<Record<string, ServerMessage>>;
      readonly requests: readonly AskedRequest[];
      /** Of the call so far. */
      readonly asked: number;
    }
  /** `says` is for the client: why the call does not go on. */
  | { readonly kind: 'refused'; readonly says: string };

type Named = Granted & { readonly name: string };

/** Decides all requests of a round, and puts them before a client that waits; of one that comes back, says what it is shown. */
export async function playRound(
  one: OneRequest,
  { asking, granted }: { readonly asking: AskingCall; readonly granted: ClientRequestsConfig | undefined },
  { requests, state }: InputRequired,
): Promise<Round> {
  const all: Named[] = [];
  for (const [name, message] of requests) {
    const next = await one.next(message, true);
    if (next.kind === 'refused') return { kind: 'refused', says: next.says };
    all.push({ ...next, name });
  }
  const isCarried = asking.comesBack === true && all.length > 0;
  if (isCarried && isTooLarge(state, granted)) return { kind: 'refused', says: STATE_TOO_LARGE };
  for (const next of all) await one.record(next);
  return isCarried ? { kind: 'shown', ...shown(all), asked: one.count() } : putAll(one, all);
}

/** A client that comes back carries it, and sends it in its next request. */
function isTooLarge(state: string | undefined, granted: ClientRequestsConfig | undefined): boolean {
  return state !== undefined && state.length > (granted?.max_bytes ?? 0);
}

const STATE_TOO_LARGE = 'Its requestState is larger than client_requests.max_bytes of this upstream lets through.';

async function putAll(one: OneRequest, all: readonly Named[]): Promise<Round> {
  const responses: [string, JsonObject][] = [];
  const answers = await Promise.all(all.map((next) => one.put(next)));
  for (const [at, answer] of answers.entries()) {
    if ('error' in answer) return { kind: 'refused', says: answer.error.message };
    responses.push([all[at]?.name ?? '', answer.result]);
  }
  return { kind: 'answered', responses: Object.fromEntries(responses) };
}

/** No name that could be taken for one of ours, or that means something to JavaScript. */
const plain = /^(?!sallyport|request-|__proto__$)[A-Za-z0-9_.-]{1,64}$/i;

/** The requests under the names that the client gets: the upstream's own where it is plain, else one of ours. */
function shown(all: readonly Named[]): Pick<Extract<Round, { kind: 'shown' }>, 'messages' | 'requests'> {
  const nameOf = ({ name, request }: Named): string => (plain.test(name) ? name : `request-${request}`);
  return {
    messages: Object.fromEntries(
      all.map((next) => [nameOf(next), { method: next.kind.method, params: next.shown.params }]),
    ),
    requests: all.map((next) => {
      const { name, request, kind } = next;
      return { name, shownAs: nameOf(next), method: kind.method, request, shown: kind.keep(next.shown.params) };
    }),
  };
}

/** Records what a client that came back says. Null where the round was answered before. */
export async function takeRound(
  { one, clock }: { readonly one: OneRequest; readonly clock: Clock },
  { requests, askedAt }: Pick<SuspendedCall, 'requests' | 'askedAt'>,
  { responses, give }: { readonly responses: JsonObject; readonly give: boolean },
): Promise<JsonObject | null> {
  const elapsedUs = Math.max(0, Math.round((clock.now() - askedAt) * 1000));
  const given: [string, JsonObject][] = [];
  for (const asked of requests) {
    const { shownAs, name } = asked;
    const answer = Object.hasOwn(responses, shownAs) ? responses[shownAs] : undefined;
    const taken = await one.take({ ...asked, elapsedUs }, answer, give);
    if (taken === 'answered before') return null;
    if (taken !== null) given.push([name, taken]);
  }
  return Object.fromEntries(given);
}
