import { UpstreamUnavailable } from '@sallyport/contracts';
import type {
  Clock,
  JsonObject,
  Outcome,
  SendOptions,
  StdioUpstreamParts,
  UpstreamFailure,
  UpstreamState,
} from '@sallyport/contracts';
import { Backoff, type BackoffOptions, thrownText } from '@sallyport/base';
import { failed } from '../wire/read-outcome.ts';
import { productInfo } from '../managed-upstream.ts';
import type { ClientInfo } from '../managed-upstream.ts';
import type { UpstreamLog } from '../bounded-log.ts';
import { toolCallParams } from '../wire/requests.ts';
import type { ToolCall } from '../wire/requests.ts';
import { eachToolPage, LIST_TIMEOUT_MS } from '../wire/tool-pages.ts';
import { RequestTimer } from '../wire/request-timer.ts';
import { WaitEnded, waitFor } from '../wire/waiting.ts';
import { commandOf } from './command.ts';
import { type Greeting, ownRequest, shakeHands } from './handshake.ts';
import { Multiplex } from './multiplex.ts';
import { Program } from './upstream-program.ts';
import type { Stderr, StderrOfRun } from './stderr.ts';

export interface StdioUpstreamOptions {
  readonly id: string;
  readonly config: StdioUpstreamParts;
  /** The configuration's folder. */
  readonly baseDir: string;
  /** Our own environment. Programs get only the variables of an allow-list. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: UpstreamLog;
  readonly clientInfo?: ClientInfo;
  readonly strayRefused?: (method: string) => void;
  readonly backoff?: BackoffOptions;
}

export interface RunnerOptions extends StdioUpstreamOptions {
  /** What starts the program again when it has ended. */
  readonly restart: 'by_itself' | 'by_call';
  /** What the program is told that it may ask: of its one client, where calls start it, or else of nobody. Empty for nothing. */
  readonly capabilities: JsonObject;
  readonly stderr: Stderr;
  /** Called when its tools have changed, or may have. */
  onToolsChanged(): void;
}

/** What a line holds beside the answer that `max_response_bytes` speaks of. */
const ENVELOPE_BYTES = 65_536;

interface Run {
  readonly program: Program;
  readonly lines: Multiplex;
  readonly stderr: StderrOfRun;
  /** What the program said when it was greeted; rejects when it ends before. */
  readonly ready: Promise<Greeting>;
}

/**
 * A program that is started at once and spoken to over stdin and stdout; started again with growing pauses when it ends, by
 * itself or at the next call. `callTool` never throws. Concurrent calls share the one program.
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
  #instructions: string | null = null;
  #closed = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.clock, options.backoff);
    this.#start();
  }

  async callTool(call: ToolCall, options: SendOptions): Promise<Outcome> {
    const run = this.#run ?? this.#startWhenDue();
    if (run === null) return failed('upstream_down', false, this.#hint());
    const timer = new RequestTimer(options, this.#options.clock);
    try {
      const { meta } = await waitFor(run.ready, options.signal, timer.left().timeoutMs);
      return await run.lines.request('tools/call', (token) => toolCallParams(call, meta, token), {
        ...options,
        ...timer.left(),
      });
    } catch (error) {
      const reason: UpstreamFailure = error instanceof WaitEnded ? error.reason : 'upstream_down';
      return failed(reason, false, thrownText(error));
    }
  }

  async listTools(): Promise<readonly JsonObject[]> {
    const run = this.#run;
    if (run === null) throw new UpstreamUnavailable(`the program ${this.#end}, and is started again`);
    const { meta } = await run.ready;
    return eachToolPage((params) => this.#list(run.lines, meta, params), this.#options.log);
  }

  instructions(): string | null {
    return this.#instructions;
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
    await run?.program.close();
  }

  /** For one that is started by calls: a program that ends again and again is not started at every one of them. */
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
    const {
      config,
      baseDir,
      env,
      clock,
      log,
      clientInfo = productInfo,
      capabilities,
      strayRefused,
      restart,
    } = this.#options;
    const command = commandOf(config, baseDir, env);
    this.#state = 'starting';
    const stderr = this.#options.stderr.open();
    const lines: Multiplex = new Multiplex({
      clock,
      log,
      ...(strayRefused && { strayRefused }),
      isOfOneClient: restart === 'by_call' && Object.keys(capabilities).length > 0,
      write: (line) => program.write(line),
      onToolsChanged: () => this.#options.onToolsChanged(),
    });
    const program: Program = new Program({
      command,
      maxLineBytes: config.max_response_bytes + ENVELOPE_BYTES,
      stderr,
      onLine: (line) => lines.receive(line),
      onLongLine: (id) => lines.tooLong(id, config.max_response_bytes),
      onEnd: (reason, detail) => this.#ended(run, reason, detail),
    });
    const ready = shakeHands(lines, { clientInfo, capabilities, timeoutMs: config.start_timeout });
    const run: Run = { program, lines, stderr, ready };
    this.#run = run;
    ready.then(
      (greeting) => this.#isUp(run, greeting),
      (error: Error) => program.kill('upstream_down', error.message),
    );
  }

  #isUp(run: Run, { instructions }: Greeting): void {
    run.stderr.ready();
    if (this.#run !== run) return;
    this.#state = 'up';
    this.#instructions = instructions;
    this.#backoff.up();
    // A program that was started again may be another version of itself, or nobody could ask the first for its tools.
    if (this.#hasEnded) this.#options.onToolsChanged();
  }

  #ended(run: Run | null, reason: UpstreamFailure, detail: string): void {
    const waitMs = this.#backoff.down();
    this.#hasEnded = true;
    this.#end = detail;
    this.#options.log('warn', `upstream ${detail}`, { upstream: this.#options.id, restart_ms: waitMs });
    if (this.#run === run) this.#run = null;
    this.#state = 'down';
    run?.lines.fail(reason, `the program ${detail}`);
    if (this.#closed) return;
    this.#restartAt = this.#options.clock.monotonic() + waitMs;
    if (this.#options.restart === 'by_call') return;
    this.#restart = setTimeout(() => this.#start(), waitMs).unref();
  }

  #hint(): string {
    if (this.#closed) return 'the upstream is closed';
    const waitMs = Math.max(0, Math.ceil(this.#restartAt - this.#options.clock.monotonic()));
    return `the program is down and is started again in ${waitMs} ms`;
  }

  async #list(lines: Multiplex, meta: JsonObject | null, page: JsonObject): Promise<JsonObject> {
    const params = meta === null ? page : { ...page, _meta: meta };
    const outcome = await lines.request('tools/list', () => params, ownRequest(LIST_TIMEOUT_MS));
    if (outcome.kind === 'result') return outcome.result;
    throw new UpstreamUnavailable(outcome.kind === 'error' ? outcome.message : outcome.detail);
  }
}
