import { isObject, thrownText } from '@sallyport/base';
import { listings, UpstreamUnavailable, type SentCall } from '@sallyport/contracts';
import type { JsonObject, Outcome, SendOptions, TargetKind } from '@sallyport/contracts';
import type { UpstreamSignIn, UpstreamState, UpstreamUsage } from '@sallyport/contracts';
import { onBehalfOf } from '../auth/token-sources.ts';
import { failed, notContinued, notExchanged, withoutAsks } from '../wire/read-outcome.ts';
import { type ClientInfo, type ManagedUpstream, productInfo } from '../managed-upstream.ts';
import type { Greeting } from '../wire/initialize.ts';
import { callMeta, callParams, modernMeta, requestText } from '../wire/requests.ts';
import { ChangeListeners } from '../wire/change-listeners.ts';
import { StrayRequests } from '../wire/upstream-requests.ts';
import { eachPage } from '../wire/list-pages.ts';
import { RequestTimer } from '../wire/request-timer.ts';
import { WaitEnded } from '../wire/waiting.ts';
import { everythingGranted, grantedCapabilities } from '../share/granted-capabilities.ts';
import { shareBounds } from '../share/share-bounds.ts';
import type { ShareKey } from '../share/share-key.ts';
import { PoolFull } from '../share/share-pool.ts';
import { contradictsEra, readAnswer } from './http-answer.ts';
import { callMessages } from './call-messages.ts';
import { ChangeFeed } from './change-feed.ts';
import { Endpoint, type EndpointOptions, modernHeaders } from './endpoint.ts';
import { HttpSubscriptions } from './http-subscriptions.ts';
import { EraVerdict, takesNoPosts, type UpstreamEra } from './upstream-era.ts';
import type { Reply } from './exchange.ts';
import { type Calling, type CallOptions, LegacyCalls, type LegacyCallsParts, soon } from './legacy-calls.ts';
import { LegacyLeg, NothingPosted } from './legacy-leg.ts';
import { ModernLeg } from './modern-leg.ts';
import { type LegacySession, LegacySessions, type OpenedFor } from './legacy-sessions.ts';
import { SessionStreams, type TakeMessage } from './session-stream.ts';
import { SseLeg } from './sse-leg.ts';
import { ToolMirrors } from './tool-mirrors.ts';

export interface HttpUpstreamOptions extends EndpointOptions {
  readonly clientInfo?: ClientInfo;
  readonly strayRefused?: (method: string) => void;
}

/**
 * An MCP server at a URL, of either era: 2026-07-28 without sessions, or 2025-11-25 and before with one session of our own,
 * and one for each that shares one, as `share` says; over Streamable HTTP, or HTTP+SSE of 2024-11-05. `send` never throws.
 */
export function createHttpUpstream(options: HttpUpstreamOptions): ManagedUpstream {
  return new HttpUpstream(options);
}

class HttpUpstream implements ManagedUpstream {
  readonly id: string;
  readonly signIn: UpstreamSignIn | null;
  readonly #options: HttpUpstreamOptions;
  readonly #endpoint: Endpoint;
  readonly #verdict: EraVerdict;
  readonly #modern: ModernLeg;
  readonly #leg: LegacyLeg;
  readonly #sessions: LegacySessions;
  readonly #sse: SseLeg;
  readonly #legacy: LegacyCalls;
  readonly #meta: JsonObject;
  readonly #feed: ChangeFeed;
  readonly #listeners: ChangeListeners;
  readonly #mirrors: ToolMirrors;
  readonly #subscriptions: HttpSubscriptions;
  readonly #strays: StrayRequests;
  #lastId = 0;
  /** What the server said of itself to us when it was asked last. */
  #greeting: Greeting = { instructions: null, capabilities: {} };
  #state: UpstreamState = 'starting';
  #closed = false;

  constructor(options: HttpUpstreamOptions) {
    const { clientInfo = productInfo, clock, config } = options;
    this.id = options.id;
    this.#options = options;
    this.#listeners = new ChangeListeners(options.log);
    this.#mirrors = new ToolMirrors(options.log);
    this.#meta = modernMeta(clientInfo);
    this.#endpoint = new Endpoint(options);
    this.signIn = this.#endpoint.signIn;
    this.#verdict = new EraVerdict(options.clock, () => this.#probe());
    const nextId = (): number => this.#nextId();
    const own = {
      endpoint: this.#endpoint,
      nextId,
      outcome: (reply: Reply, id: number) => this.#outcome(reply, id),
      greeted: (greeting: Greeting) => void (this.#greeting = greeting),
    };
    this.#modern = new ModernLeg({ ...own, meta: this.#meta });
    this.#leg = new LegacyLeg({ endpoint: this.#endpoint, clientInfo, clock, startMs: config.start_timeout, nextId });
    this.#strays = new StrayRequests(options.log, options.strayRefused);
    const refuseStray = (session: LegacySession, message: JsonObject): void => {
      const response = this.#strays.responseTo(message);
      if (response !== null) void this.#leg.post(session, response);
    };
    const streams = new SessionStreams(this.#endpoint, refuseStray);
    this.#sessions = new LegacySessions({
      ...{ clock: options.clock, log: options.log },
      bounds: shareBounds(options.config),
      open: (opened) => this.#open(opened),
      end: (session) => {
        streams.stop(session);
        return this.#leg.end(session);
      },
    });
    const inSessions = { ...own, config: options.config, leg: this.#leg, sessions: this.#sessions, streams };
    const messages: LegacyCallsParts['messages'] = (client, calling) => this.#messages(client, calling);
    this.#legacy = new LegacyCalls({ ...inSessions, messages, clock });
    const declared = (): JsonObject => this.#greeting.capabilities;
    this.#subscriptions = new HttpSubscriptions({ ...inSessions, meta: this.#meta, declared });
    this.#sse = new SseLeg({
      ...options,
      endpoint: this.#endpoint,
      nextId,
      onChanged: (kinds) => this.#listeners.tell(kinds),
      onUnopened: () => this.#verdict.forget(),
    });
    this.#feed = new ChangeFeed({
      endpoint: this.#endpoint,
      verdict: this.#verdict,
      sessions: this.#sessions,
      meta: this.#meta,
      declared,
      capabilities: everythingGranted(options.config.client_requests),
      nextId,
      refuseStray,
      onChanged: (kinds) => this.#listeners.tell(kinds),
    });
  }

  async send(call: SentCall, options: SendOptions): Promise<Outcome> {
    if (this.#closed) return failed('upstream_down', false, 'the upstream is closed');
    if (options.signal.aborted) return failed('cancelled', false, 'the caller is gone');
    const timer = new RequestTimer(options, this.#options.clock);
    const sending = { options, timer, onBehalf: onBehalfOf(options, this.#options.config.auth) };
    const before = this.#state;
    try {
      const era = this.#verdict.known() ?? (await soon(this.#verdict.settle(), sending));
      return await this.#sendTo(era, call, sending);
    } catch (error) {
      // Only preparations throw: the call itself has not been written.
      if (error instanceof WaitEnded) return failed(error.reason, false, error.message);
      if (error instanceof PoolFull) return failed('upstream_full', false, error.why('max_sessions'));
      this.#state = 'down';
      return failed('upstream_down', false, thrownText(error));
    } finally {
      // That one caller gets no token says nothing of the server.
      if (sending.onBehalf !== undefined) this.#state = before;
    }
  }

  async list(kind: TargetKind): Promise<readonly JsonObject[]> {
    const { log } = this.#options;
    const era = await this.#verdict.settle();
    if (era === 'sse') return this.#sse.list(kind);
    if (era === 'legacy') {
      const capabilities = await this.#legacy.capabilities();
      return eachPage(kind, { capabilities, ask: (...page) => this.#legacy.list(...page), log });
    }
    // Nothing tells when a server without sessions is another version, with more to offer.
    if (!isObject(this.#greeting.capabilities[listings[kind].capability])) await this.#modern.discover();
    const { capabilities } = this.#greeting;
    const items = await eachPage(kind, { capabilities, ask: (...page) => this.#modern.list(...page), log });
    return kind === 'tool' ? this.#mirrors.learn(items) : items;
  }

  instructions(): string | null {
    return this.#sse.own?.instructions() ?? this.#greeting.instructions;
  }

  capabilities(): JsonObject {
    return this.#sse.own?.capabilities() ?? this.#greeting.capabilities;
  }

  onChanged(listener: (kind: TargetKind) => void): void {
    this.#listeners.add(listener);
    this.#feed.start();
  }

  state(): UpstreamState {
    return this.#sse.own?.state() ?? this.#state;
  }

  usage(): UpstreamUsage {
    return { programs: 0, sessions: this.#sessions.size + this.#sse.size, stderr: { lines: 0, bytes: 0 } };
  }

  endSession(sessionId: string): Promise<void> {
    return this.#retire(({ session }) => session === sessionId);
  }

  endTenant(id: string): Promise<void> {
    return this.#retire(({ tenant }) => tenant === id);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#feed.stop();
    this.#subscriptions.end('the upstream is closed');
    await Promise.all([this.#sessions.close(), this.#sse.close()]);
    await this.#endpoint.close();
    this.#state = 'down';
  }

  async #retire(matches: (key: ShareKey) => boolean): Promise<void> {
    await Promise.all([this.#sessions.retire(matches), this.#sse.retire(matches)]);
  }

  async #sendTo(era: UpstreamEra, call: SentCall, sending: CallOptions): Promise<Outcome> {
    if (era !== 'sse' && sending.options.listener !== undefined) return this.#subscriptions.add(era, call, sending);
    if (era !== 'modern') return this.#sendLegacy(era, call, sending);
    if (!this.#mirrors.knows(call.target)) await soon(this.list('tool'), sending);
    return this.#callModern(call, sending);
  }

  async #sendLegacy(era: 'legacy' | 'sse', call: SentCall, sending: CallOptions): Promise<Outcome> {
    if (call.input !== undefined) return notContinued;
    if (era === 'legacy') return withoutAsks(await this.#legacy.call(call, sending));
    if (sending.onBehalf !== undefined) return notExchanged;
    return this.#sse.send(call, { ...sending.options, ...sending.timer.left() });
  }

  async #callModern(call: SentCall, { options, timer, onBehalf }: CallOptions): Promise<Outcome> {
    const id = this.#nextId();
    const token = options.progressToken === null ? null : `sp-${id}`;
    const params = callParams(call, this.#callMeta(options), token);
    const headers = this.#mirrors.addTo(modernHeaders(call.action, params), call.target, call.arguments);
    const reply = await this.#endpoint.send({
      headers,
      body: requestText(id, call.action, params),
      time: timer,
      onBehalf,
      signal: options.signal,
      beforeWrite: () => options.beforeWrite(),
      take: this.#messages(options, { token, timer, session: null }),
    });
    return this.#outcome(reply, id);
  }

  #callMeta({ capabilities = {}, logLevel = null }: SendOptions): JsonObject {
    const askable = grantedCapabilities(capabilities, this.#options.config.client_requests);
    return callMeta(this.#meta, { capabilities: askable, logLevel });
  }

  #messages(client: SendOptions, { token, timer, session }: Calling): TakeMessage {
    return callMessages({
      token,
      client,
      onProgress: () => timer.renew(),
      respond: session === null ? null : (body) => this.#leg.post(session, body),
      unanswerable: (message) => void this.#strays.responseTo(message),
      onChanged: (kinds) => this.#listeners.tell(kinds),
    });
  }

  /** The upstream is told what it may ask of this client. */
  async #open(opened: OpenedFor): Promise<LegacySession> {
    try {
      return await this.#leg.open(opened);
    } catch (error) {
      // Who refuses the legacy handshake may be modern after all.
      this.#verdict.forget();
      throw error;
    }
  }

  #outcome(reply: Reply, id: number): Outcome {
    const outcome = readAnswer(reply, id);
    if (contradictsEra(reply, outcome)) this.#verdict.forget();
    if (outcome.kind === 'result' || outcome.kind === 'error') this.#state = 'up';
    else if (outcome.reason === 'upstream_down') this.#state = 'down';
    return outcome;
  }

  async #probe(): Promise<UpstreamEra> {
    const { reply, found } = await this.#modern.discover();
    const era = found === 'legacy' && takesNoPosts(reply) ? await this.#legacyOrSse() : found;
    if (era !== 'sse') void this.#sse.leave();
    this.#options.log('info', `upstream speaks the ${era} protocol`, { upstream: this.id });
    return era;
  }

  /** The handshake tells: our own session is opened here, and kept. */
  async #legacyOrSse(): Promise<UpstreamEra> {
    const capabilities = everythingGranted(this.#options.config.client_requests);
    try {
      await this.#sessions.run(null, { capabilities }, (opening) => opening);
      return 'legacy';
    } catch (error) {
      if (!(error instanceof NothingPosted)) throw error;
      await this.#sse.open().catch((cause: unknown) => {
        throw new UpstreamUnavailable(`${error.message}; ${thrownText(cause)}`);
      });
      return 'sse';
    }
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }
}
