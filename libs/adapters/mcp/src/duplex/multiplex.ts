import { changedKinds, serverNotification, type TargetKind } from '@sallyport/contracts';
import type { Clock, JsonObject, JsonValue, Outcome, SendOptions, UpstreamFailure } from '@sallyport/contracts';
import { classify, type Incoming, ownId } from '@sallyport/mcp';
import { failed, type Failure, outcomeOf } from '../wire/read-outcome.ts';
import { type Questions, questionsOf, StrayRequests } from '../wire/upstream-requests.ts';
import { relayNotification } from '../wire/relay-notification.ts';
import { notificationText, requestText } from '../wire/requests.ts';
import { RequestTimer } from '../wire/request-timer.ts';
import type { UpstreamLog } from '../bounded-log.ts';

/** What a message may hold beside the answer that `max_response_bytes` speaks of. */
export const ENVELOPE_BYTES = 65_536;

export interface MultiplexOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: UpstreamLog;
  /** Told the method of each request that belongs to no one call, and was refused. */
  readonly strayRefused?: (method: string) => void;
  /** Whether all calls are of one client, which can be asked. */
  readonly isOfOneClient: boolean;
  /** The id of each request, unlike that of any other at the upstream. */
  nextId(): number;
  /** Writes one message once `beforeWrite`, called right before its first byte, allows it. Null when it has left. Never rejects. */
  write(text: string, beforeWrite: () => boolean): Failure | null | Promise<Failure | null>;
  onChanged(kinds: readonly TargetKind[]): void;
  /** Takes a notification about subscriptions to resources. */
  onResource(message: JsonObject): void;
}

/** What a request needs here: there is no session to mirror. */
export type RequestOptions = Omit<SendOptions, 'session' | 'caller'>;

interface Pending {
  readonly token: string;
  readonly options: RequestOptions;
  readonly timer: RequestTimer;
  readonly questions: Questions;
  /** Whether a byte of it may have left us. */
  sent: boolean;
  /** Requests of the upstream that wait for an answer to this one's client. */
  open: number;
  settle(outcome: Outcome): void;
}

/**
 * Many requests over one connection, a program's lines or a stream of a server, told apart by ids of ours. A notification
 * reaches a client only when its progress token says whose it is; other notifications (log messages) name no request, and are
 * logged instead.
 */
export class Multiplex {
  readonly #options: MultiplexOptions;
  readonly #pending = new Map<number, Pending>();
  readonly #strays: StrayRequests;
  #lastId = 0;
  #dead: { readonly reason: UpstreamFailure; readonly detail: string } | null = null;

  constructor(options: MultiplexOptions) {
    this.#options = options;
    this.#strays = new StrayRequests(options.log, options.strayRefused);
  }

  /** Sends a request once and waits for its answer. `params` is given our progress token, null where none is wanted. */
  request(method: string, params: (token: string | null) => JsonObject, options: RequestOptions): Promise<Outcome> {
    const id = this.#options.nextId();
    this.#lastId = id;
    const token = `sp-${id}`;
    const text = requestText(id, method, params(options.progressToken === null ? null : token));
    return new Promise((resolve) => {
      const timer = new RequestTimer(options, this.#options.clock);
      const release = this.#limit(id, timer, options.signal);
      const settle = (outcome: Outcome): void => {
        if (!this.#pending.delete(id)) return;
        release();
        resolve(outcome);
      };
      const pending = { token, options, timer, questions: questionsOf(options), sent: false, open: 0, settle };
      this.#pending.set(id, pending);
      void this.#send(text, id, pending);
    });
  }

  /** Sends a notification or a response of ours; resolves when it has left, or can't. */
  async notify(text: string): Promise<void> {
    await this.#options.write(text, always);
  }

  /** Takes the messages of a text of the upstream. One that holds none is logged and skipped: many programs print a greeting. */
  receive(messages: readonly JsonObject[], length: number): void {
    if (messages.length === 0) this.#skipped(length);
    for (const message of messages) this.#take(message, length);
  }

  /** A message was longer than an answer may be: it ends its own request and no other. */
  tooLong(id: string | number | null, maxBytes: number): void {
    const pending = this.#pending.get(ownId(id) ?? 0);
    if (pending === undefined)
      return this.#options.log('warn', 'message of the upstream is too long, skipped', { maxBytes });
    pending.settle(failed('upstream_too_large', true, `the answer is larger than ${maxBytes} bytes`));
  }

  #skipped(bytes: number): void {
    this.#options.log('warn', 'upstream wrote what is not a JSON-RPC message', { bytes });
  }

  #take(message: JsonObject, bytes: number): void {
    const incoming = classify(message);
    if (incoming.kind === 'garbage') return this.#skipped(bytes);
    // An error without an id answers what had none, a notification of ours mostly; whose it is can't be told.
    if (incoming.kind === 'response' && incoming.id === null)
      return this.#options.log('warn', 'response without an id ignored');
    if (incoming.kind === 'response') return this.#answered(incoming.id, message);
    if (incoming.kind === 'request') return void this.#respond(incoming, message);
    const changed = changedKinds(incoming.method);
    if (changed.length > 0) return this.#options.onChanged(changed);
    if (serverNotification(incoming.method) === 'subscribers') return this.#options.onResource(message);
    this.#relay(incoming.method, incoming.params);
  }

  /** The connection is gone: everything under way fails, and nothing is sent from now on. */
  fail(reason: UpstreamFailure, detail: string): void {
    this.#dead ??= { reason, detail };
    for (const { sent, settle } of [...this.#pending.values()]) settle(failed(reason, sent, detail));
  }

  async #send(text: string, id: number, pending: Pending): Promise<void> {
    const { options, settle } = pending;
    if (this.#dead !== null) return settle(failed(this.#dead.reason, false, this.#dead.detail));
    if (options.signal.aborted) return settle(failed('cancelled', false, 'the caller is gone'));
    const refused = await this.#options.write(text, () => {
      pending.sent = this.#pending.has(id) && mayWrite(options);
      return pending.sent;
    });
    if (refused !== null) settle(refused);
  }

  /** Time-out and abort; both tell the upstream that nobody waits any more. */
  #limit(id: number, timer: RequestTimer, signal: AbortSignal): () => void {
    const give = (reason: UpstreamFailure, detail: string): void => {
      const pending = this.#pending.get(id);
      if (pending === undefined) return;
      const params = { requestId: id, reason: detail };
      if (pending.sent) void this.notify(notificationText('notifications/cancelled', params));
      pending.settle(failed(reason, pending.sent, detail));
    };
    const onAbort = (): void => give('cancelled', 'the caller is gone');
    timer.start((why) => give('upstream_timeout', why));
    signal.addEventListener('abort', onAbort, { once: true });
    return function release() {
      timer.clear();
      signal.removeEventListener('abort', onAbort);
    };
  }

  #answered(said: JsonValue, message: JsonObject): void {
    const id = ownId(said);
    const pending = id === undefined ? undefined : this.#pending.get(id);
    if (id !== undefined && pending !== undefined) return pending.settle(outcomeOf(message, id));
    // A late answer to a request that was given up is no fault; an id that we never gave is.
    if (id !== undefined && Number.isInteger(id) && id > 0 && id <= this.#lastId) return;
    this.#options.log('warn', 'response with an unknown id ignored');
    const [only, ...more] = this.#pending.values();
    // With one request under way there is no doubt whose answer it was to be.
    if (only !== undefined && more.length === 0)
      only.settle(failed('upstream_wrong_id', true, 'an id that is not ours'));
  }

  async #respond({ id, method, params }: Extract<Incoming, { kind: 'request' }>, message: JsonObject): Promise<void> {
    const asking = this.#asking();
    if (asking === undefined) {
      const response = this.#strays.responseTo(message);
      if (response !== null) await this.notify(response);
      return;
    }
    asking.open += 1;
    const response = await asking.questions.answer(id, { method, params });
    asking.open -= 1;
    if (response !== null) await this.notify(JSON.stringify(response));
  }

  /**
   * The call that a request is about, which names none: the only one under way. Of several of one client the one that has run
   * longest without a question open, since short ones end before they ask; of several clients nobody's.
   */
  #asking(): Pending | undefined {
    const all = [...this.#pending.values()];
    const calls = all.filter(({ options }) => options.ask !== null);
    if (!this.#options.isOfOneClient) return all.length === 1 ? calls[0] : undefined;
    return calls.find(({ open }) => open === 0) ?? calls[0];
  }

  #relay(method: string, params: JsonObject): void {
    const token = params['progressToken'];
    const id = typeof token === 'string' && token.startsWith('sp-') ? Number(token.slice(3)) : Number.NaN;
    const pending = this.#pending.get(id);
    if (pending !== undefined) {
      if (relayNotification({ method, params }, pending.token, pending.options)) pending.timer.renew();
      return;
    }
    if (method !== 'notifications/progress')
      this.#options.log('info', 'upstream notification', { method: method.slice(0, 128) });
  }
}

/** A check that throws has not said yes. */
function mayWrite(options: RequestOptions): boolean {
  try {
    return options.beforeWrite();
  } catch {
    return false;
  }
}

function always(): boolean {
  return true;
}
