import { UpstreamUnavailable, type SentCall } from '@sallyport/contracts';
import type { Clock, JsonObject, Outcome, ResourceListener, SendOptions, TargetKind } from '@sallyport/contracts';
import type { UpstreamFailure, UpstreamState } from '@sallyport/contracts';
import { Backoff, type BackoffOptions, thrownText } from '@sallyport/base';
import { failed, notContinued, withoutAsks } from '../wire/read-outcome.ts';
import { productInfo } from '../managed-upstream.ts';
import type { ClientInfo } from '../managed-upstream.ts';
import type { UpstreamLog } from '../bounded-log.ts';
import type { Greeting } from '../wire/initialize.ts';
import { callMeta, callParams } from '../wire/requests.ts';
import { eachPage, LIST_TIMEOUT_MS } from '../wire/list-pages.ts';
import { RequestTimer } from '../wire/request-timer.ts';
import { WaitEnded, waitFor } from '../wire/waiting.ts';
import { type Handshake, ownRequest, shakeHands } from './handshake.ts';
import { Multiplex, type MultiplexOptions } from './multiplex.ts';
import { RunSubscriptions } from './run-subscriptions.ts';
import { noSubscriptions, tellsOfResources } from '../wire/watched-resources.ts';

/** A program that runs, or a stream of a server: what messages are written to, and come from. */
export interface Connection {
  readonly write: MultiplexOptions['write'];
  /** Called once the upstream has been greeted. */
  ready?(): void;
  /** Gives it up at once: what waits for it fails with `reason`. */
  kill(reason: UpstreamFailure, detail: string): void;
  /** Ends it in good order. */
  close(): Promise<void>;
}

export interface RunnerOptions {
  readonly id: string;
  /** What ends and is started again, for our log. */
  readonly noun: 'program' | 'server';
  readonly clock: Clock;
  readonly log: UpstreamLog;
  readonly clientInfo?: ClientInfo;
  readonly strayRefused?: (method: string) => void;
  readonly backoff?: BackoffOptions;
  /** Milliseconds for `initialize`, and what comes before it. */
  readonly startMs: number;
  /** What starts it again when it has ended. */
  readonly restart: 'by_itself' | 'by_call';
  /** What the upstream is told that it may ask: of its one client, where calls start it, or else of nobody. Empty for nothing. */
  readonly capabilities: JsonObject;
  /** Whether all its calls are of one client, which can be asked. */
  readonly isOfOneClient?: boolean;
  nextId(): number;
  /**
   * Starts a connection whose messages go to `lines`; throws when it can't. `ended` is called once, when it has ended by
   * itself, could not be opened or was given up, with what the program or server has done.
   */
  connect(lines: Multiplex, ended: (reason: UpstreamFailure, detail: string) => void): Connection;
  /** Called when its lists of these kinds have changed; without any, when all may have. */
  onChanged(kinds?: readonly TargetKind[]): void;
}

interface Run {
  readonly connection: Connection;
  readonly lines: Multiplex;
  readonly subscriptions: RunSubscriptions;
  /** What the upstream said when it was greeted; rejects when it ends before. */
  readonly ready: Promise<Handshake>;
}

/**
 * A connection that is started at once, and again with growing pauses when it ends, by itself or at the next call. `send`
 * never throws. Concurrent calls share it.
 */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #backoff: Backoff;
  #run: Run | null = null;
  #restart: NodeJS.Timeout | undefined;
  #restartAt = 0;
  /** How it ended last. */
  #end = 'is down';
  #hasEnded = false;
  #state: UpstreamState = 'starting';
  #greeting: Greeting = { instructions: null, capabilities: {} };
  #closed = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.clock, options.backoff);
    this.#start();
  }

  async send(call: SentCall, options: SendOptions): Promise<Outcome> {
    const run = this.#run ?? this.#startWhenDue();
    if (run === null) return failed('upstream_down', false, this.#hint());
    const timer = new RequestTimer(options, this.#options.clock);
    try {
      const greeting = await waitFor(run.ready, options.signal, timer.left().timeoutMs);
      if (options.listener === undefined) return await callOver(run, greeting, call, { ...options, ...timer.left() });
      const answer = subscribe(run, greeting, { uri: call.target.name, listener: options.listener });
      return await waitFor(answer, options.signal, timer.left().timeoutMs);
    } catch (error) {
      const reason: UpstreamFailure = error instanceof WaitEnded ? error.reason : 'upstream_down';
      return failed(reason, false, thrownText(error));
    }
  }

  async list(kind: TargetKind): Promise<readonly JsonObject[]> {
    const { lines, ready } = this.#current();
    const { meta, capabilities } = await ready;
    const ask = (method: string, page: JsonObject): Promise<Outcome> =>
      lines.request(method, () => (meta === null ? page : { ...page, _meta: meta }), ownRequest(LIST_TIMEOUT_MS));
    return eachPage(kind, { capabilities, ask, log: this.#options.log });
  }

  /** Resolves when the upstream has been greeted. @throws UpstreamUnavailable */
  async ready(): Promise<void> {
    await this.#current().ready;
  }

  instructions(): string | null {
    return this.#greeting.instructions;
  }

  capabilities(): JsonObject {
    return this.#greeting.capabilities;
  }

  state(): UpstreamState {
    return this.#state;
  }

  get isRunning(): boolean {
    return this.#run !== null;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#restart);
    const run = this.#run;
    this.#run = null;
    this.#state = 'down';
    run?.lines.fail('upstream_down', 'the upstream is closed');
    run?.subscriptions.end('the upstream is closed');
    await run?.connection.close();
  }

  #current(): Run {
    const { noun } = this.#options;
    if (this.#run === null) throw new UpstreamUnavailable(`the ${noun} ${this.#end}, and is started again`);
    return this.#run;
  }

  /** For one that is started by calls: what ends again and again is not started at every one of them. */
  #startWhenDue(): Run | null {
    if (this.#options.restart === 'by_itself' || this.#closed) return null;
    if (this.#options.clock.monotonic() >= this.#restartAt) this.#start();
    return this.#run;
  }

  #start(): void {
    try {
      this.#launch();
    } catch (error) {
      // Out of file handles or processes: the same as a program that ends at once.
      this.#ended(null, 'upstream_down', `could not be started: ${thrownText(error)}`);
    }
  }

  #launch(): void {
    const { clock, log, clientInfo = productInfo, capabilities, strayRefused, startMs } = this.#options;
    const { isOfOneClient = false } = this.#options;
    this.#state = 'starting';
    const lines: Multiplex = new Multiplex({
      clock,
      log,
      ...(strayRefused && { strayRefused }),
      isOfOneClient,
      nextId: () => this.#options.nextId(),
      write: (text, beforeWrite) => connection.write(text, beforeWrite),
      onChanged: (kinds) => this.#options.onChanged(kinds),
      onResource: (message) => subscriptions.take(message),
    });
    const subscriptions = new RunSubscriptions(lines);
    const connection = this.#options.connect(lines, (reason, detail) => this.#ended(run, reason, detail));
    const ready = shakeHands(lines, { clientInfo, capabilities, timeoutMs: startMs });
    const run: Run = { connection, lines, subscriptions, ready };
    this.#run = run;
    ready.then(
      (greeting) => this.#isUp(run, greeting),
      (error: Error) => connection.kill('upstream_down', error.message),
    );
  }

  #isUp(run: Run, greeting: Handshake): void {
    run.connection.ready?.();
    if (this.#run !== run) return;
    this.#state = 'up';
    this.#greeting = greeting;
    this.#backoff.up();
    // What was started again may be another version of itself, or nobody could ask the first for its lists.
    if (this.#hasEnded) this.#options.onChanged();
  }

  #ended(run: Run | null, reason: UpstreamFailure, detail: string): void {
    const waitMs = this.#backoff.down();
    this.#hasEnded = true;
    this.#end = detail;
    this.#options.log('warn', `upstream ${detail}`, { upstream: this.#options.id, restart_ms: waitMs });
    if (this.#run === run) this.#run = null;
    this.#state = 'down';
    run?.lines.fail(reason, `the ${this.#options.noun} ${detail}`);
    run?.subscriptions.end(detail);
    if (this.#closed) return;
    this.#restartAt = this.#options.clock.monotonic() + waitMs;
    if (this.#options.restart === 'by_call') return;
    this.#restart = setTimeout(() => this.#start(), waitMs).unref();
  }

  #hint(): string {
    if (this.#closed) return 'the upstream is closed';
    const waitMs = Math.max(0, Math.ceil(this.#restartAt - this.#options.clock.monotonic()));
    return `the ${this.#options.noun} is down and is started again in ${waitMs} ms`;
  }
}

async function callOver({ lines }: Run, { meta }: Handshake, call: SentCall, options: SendOptions): Promise<Outcome> {
  if (meta === null && call.input !== undefined) return notContinued;
  const own = meta === null ? null : callMeta(meta, { capabilities: options.capabilities ?? {} });
  const outcome = await lines.request(call.action, (token) => callParams(call, own, token), options);
  return meta === null ? withoutAsks(outcome) : outcome;
}

/** Who stops waiting for the answer stops listening, too. */
async function subscribe(
  { subscriptions }: Run,
  { capabilities, meta }: Handshake,
  { uri, listener }: { readonly uri: string; readonly listener: ResourceListener },
): Promise<Outcome> {
  return tellsOfResources(capabilities) ? subscriptions.add(uri, listener, meta) : noSubscriptions;
}
