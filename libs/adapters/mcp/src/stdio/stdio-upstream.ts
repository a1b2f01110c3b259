import type {
  Caller,
  JsonObject,
  Outcome,
  SendOptions,
  Share,
  UpstreamState,
  UpstreamUsage,
} from '@sallyport/contracts';
import { failed } from '../wire/read-outcome.ts';
import type { ManagedUpstream } from '../managed-upstream.ts';
import { shareBounds } from '../share/share-bounds.ts';
import { everythingGranted } from '../share/granted-capabilities.ts';
import { sessionOf } from '../share/session-of.ts';
import { PoolFull, SharePool } from '../share/share-pool.ts';
import { ChangeListeners } from '../wire/change-listeners.ts';
import type { ToolCall } from '../wire/requests.ts';
import { Runner, type StdioUpstreamOptions } from './runner.ts';
import { Stderr } from './stderr.ts';

/**
 * A program as an upstream. One is started at once, for lists and lookups of ours, and where `share` is `all` for the calls,
 * too. For `subject` and `tenant` each has a program of its own, started at its first call and ended when idle, and within
 * that one for each client that the program may ask. `callTool` never throws.
 */
export function createStdioUpstream(options: StdioUpstreamOptions): ManagedUpstream {
  return new StdioUpstream(options);
}

class StdioUpstream implements ManagedUpstream {
  readonly id: string;
  readonly #options: StdioUpstreamOptions;
  readonly #listeners: ChangeListeners;
  readonly #stderr: Stderr;
  readonly #own: Runner;
  readonly #shared: SharePool<Runner>;
  /** Where nobody said who shares the program: the tenant that came first. */
  #tenant: string | null = null;
  #closed = false;

  constructor(options: StdioUpstreamOptions) {
    const { id, config, clock, log } = options;
    this.id = id;
    this.#options = options;
    this.#listeners = new ChangeListeners(log);
    this.#stderr = new Stderr({ mode: config.stderr, clock, log });
    // Calls of several clients never get a program that may ask.
    const isOursAlone = config.share === 'subject' || config.share === 'tenant';
    this.#own = this.#runner('by_itself', isOursAlone ? everythingGranted(config.client_requests) : {});
    const end = (runner: Runner): Promise<void> => runner.close();
    this.#shared = new SharePool({ clock, bounds: shareBounds(config), end });
  }

  async callTool(call: ToolCall, options: SendOptions): Promise<Outcome> {
    const { caller } = options;
    const { share } = this.#options.config;
    // Our own one says of itself that it is closed; none is started after it.
    if (caller === null || share === 'all' || this.#closed) return this.#own.callTool(call, options);
    if (share !== undefined) return this.#callShared(call, options, share);
    if (this.#isOfOneTenant(caller)) return this.#own.callTool(call, options);
    this.#options.log('error', 'a second tenant calls this program: say in `share` who may use it together');
    return failed('upstream_not_shared', false, 'nobody said who may share the program');
  }

  listTools(): Promise<readonly JsonObject[]> {
    return this.#own.listTools();
  }

  instructions(): string | null {
    return this.#own.instructions();
  }

  onToolsChanged(listener: () => void): void {
    this.#listeners.add(listener);
  }

  state(): UpstreamState {
    return this.#own.state();
  }

  usage(): UpstreamUsage {
    const programs = (this.#own.isRunning ? 1 : 0) + this.#shared.size;
    return { programs, sessions: 0, stderr: this.#stderr.written() };
  }

  /** Only a client that can be asked has a program for its session alone. */
  endSession(id: string): Promise<void> {
    return this.#shared.retire(({ session }) => session === id);
  }

  endTenant(id: string): Promise<void> {
    return this.#shared.retire(({ tenant }) => tenant === id);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#own.close(), this.#shared.close()]);
  }

  async #callShared(call: ToolCall, options: SendOptions, share: Share): Promise<Outcome> {
    const { client_requests: granted } = this.#options.config;
    const { key, capabilities } = sessionOf(options, { share, granted, perSession: false });
    if (key === null) return this.#own.callTool(call, options);
    try {
      return await this.#shared.run(
        key,
        () => this.#runner('by_call', capabilities),
        (runner) => runner.callTool(call, options),
      );
    } catch (error) {
      if (!(error instanceof PoolFull)) throw error;
      return failed('upstream_full', false, error.why('max_programs'));
    }
  }

  #isOfOneTenant({ tenant }: Caller): boolean {
    this.#tenant ??= tenant;
    return this.#tenant === tenant;
  }

  #runner(restart: 'by_itself' | 'by_call', capabilities: JsonObject): Runner {
    const onToolsChanged = (): void => this.#listeners.tell();
    return new Runner({ ...this.#options, restart, capabilities, stderr: this.#stderr, onToolsChanged });
  }
}
