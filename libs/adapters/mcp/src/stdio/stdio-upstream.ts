import type {
  Caller,
  Clock,
  JsonObject,
  Outcome,
  SendOptions,
  StdioUpstreamParts,
  TargetKind,
  UpstreamState,
  UpstreamUsage,
  SentCall,
} from '@sallyport/contracts';
import type { BackoffOptions } from '@sallyport/base';
import type { UpstreamLog } from '../bounded-log.ts';
import { ENVELOPE_BYTES, type Multiplex } from '../duplex/multiplex.ts';
import { Runner } from '../duplex/runner.ts';
import { SharedRunners } from '../duplex/shared-runners.ts';
import { failed } from '../wire/read-outcome.ts';
import type { ClientInfo, ManagedUpstream } from '../managed-upstream.ts';
import { shareBounds } from '../share/share-bounds.ts';
import { grantedCapabilities } from '../share/granted-capabilities.ts';
import { ChangeListeners } from '../wire/change-listeners.ts';
import { commandOf } from './command.ts';
import { PrintedMessages } from './printed-messages.ts';
import { Stderr } from './stderr.ts';
import { Program, type ProgramOptions } from './upstream-program.ts';

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

/** A program as an upstream, one for each that shares one. `send` never throws. */
export function createStdioUpstream(options: StdioUpstreamOptions): ManagedUpstream {
  return new StdioUpstream(options);
}

class StdioUpstream implements ManagedUpstream {
  readonly id: string;
  readonly #options: StdioUpstreamOptions;
  readonly #listeners: ChangeListeners;
  readonly #stderr: Stderr;
  readonly #programs: SharedRunners;
  /** Where nobody said who shares the program: the tenant that came first. */
  #tenant: string | null = null;
  #lastId = 0;
  #closed = false;

  constructor(options: StdioUpstreamOptions) {
    const { id, config, clock, log } = options;
    this.id = id;
    this.#options = options;
    this.#listeners = new ChangeListeners(log);
    this.#stderr = new Stderr({ mode: config.stderr, clock, log });
    this.#programs = new SharedRunners({
      clock,
      log,
      share: config.share,
      granted: config.client_requests,
      perSession: false,
      bounds: shareBounds(config),
      setting: 'max_programs',
      start: (how) =>
        new Runner({
          ...options,
          ...how,
          noun: 'program',
          startMs: config.start_timeout,
          nextId: () => (this.#lastId += 1),
          connect: (lines, ended) => this.#run(lines, ended),
          onChanged: (kinds) => this.#listeners.tell(kinds),
        }),
    });
  }

  async send(call: SentCall, given: SendOptions): Promise<Outcome> {
    const { caller } = given;
    const { share, client_requests: granted } = this.#options.config;
    const options = { ...given, capabilities: grantedCapabilities(given.capabilities ?? {}, granted) };
    // Our own one says of itself that it is closed; none is started after it.
    if (caller === null || this.#closed) return this.#programs.own.send(call, options);
    if (share !== undefined) return this.#programs.send(call, options, share);
    if (this.#isOfOneTenant(caller)) return this.#programs.own.send(call, options);
    this.#options.log('error', 'a second tenant calls this program: say in `share` who may use it together');
    return failed('upstream_not_shared', false, 'nobody said who may share the program');
  }

  list(kind: TargetKind): Promise<readonly JsonObject[]> {
    return this.#programs.own.list(kind);
  }

  instructions(): string | null {
    return this.#programs.own.instructions();
  }

  capabilities(): JsonObject {
    return this.#programs.own.capabilities();
  }

  onChanged(listener: (kind: TargetKind) => void): void {
    this.#listeners.add(listener);
  }

  get signIn(): null {
    return null;
  }

  state(): UpstreamState {
    return this.#programs.own.state();
  }

  usage(): UpstreamUsage {
    const programs = (this.#programs.own.isRunning ? 1 : 0) + this.#programs.size;
    return { programs, sessions: 0, stderr: this.#stderr.written() };
  }

  /** Only a client that can be asked has a program for its session alone. */
  endSession(id: string): Promise<void> {
    return this.#programs.retire(({ session }) => session === id);
  }

  endTenant(id: string): Promise<void> {
    return this.#programs.retire(({ tenant }) => tenant === id);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#programs.close();
  }

  #isOfOneTenant({ tenant }: Caller): boolean {
    this.#tenant ??= tenant;
    return this.#tenant === tenant;
  }

  #run(lines: Multiplex, onEnd: ProgramOptions['onEnd']): Program {
    const { config, baseDir, env } = this.#options;
    const printed = new PrintedMessages();
    return new Program({
      command: commandOf(config, baseDir, env),
      maxLineBytes: config.max_response_bytes + ENVELOPE_BYTES,
      stderr: this.#stderr.open(),
      onLine: (line) => {
        const messages = printed.messagesOf(line);
        if (messages !== null) lines.receive(messages, line.length);
      },
      onLongLine: (id) => lines.tooLong(id, config.max_response_bytes),
      onEnd,
    });
  }
}
