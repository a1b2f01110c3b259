import { createUpstream } from '@sallyport/adapter-mcp';
import type { Clock, Observer, Upstream, UpstreamState } from '@sallyport/contracts';
import type { Definitions } from '@sallyport/definitions';
import type { Logger } from '@sallyport/service';
import { environment, type LoadedConfig } from './config.ts';
import { headerSecrets } from './secrets.ts';

export interface UpstreamSetParts {
  readonly definitions: Definitions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: Observer;
  /** Called when the catalogue may have changed. */
  readonly onCatalog: () => Promise<void>;
}

/** The MCP servers behind us: started as configured, and asked again and again what they offer. */
export interface UpstreamSet {
  readonly all: ReadonlyMap<string, Upstream>;
  /** Starts what is new, keeps what is unchanged, ends what is gone. */
  apply(loaded: LoadedConfig): void;
  /** Asks every upstream once what it offers; resolves with the ids of those that did not answer. */
  refresh(): Promise<readonly string[]>;
  /** Ids of those that have not yet said what they offer. */
  unlisted(): readonly string[];
  /** Ids and states, for health and status. */
  states(): readonly { readonly id: string; readonly state: UpstreamState }[];
  close(): Promise<void>;
}

interface Member {
  readonly upstream: Upstream;
  /** What it was made from; a different text makes a new one. */
  readonly made: string;
  readonly timer: NodeJS.Timeout;
  listed: boolean;
}

/** Definitions are asked for this often, beside what an upstream says by itself. */
const askEveryMs = 30_000;
const askSoonMs = 2_000;

/** Builds the set; nothing is started before `apply`. */
export function createUpstreamSet(parts: UpstreamSetParts): UpstreamSet {
  const members = new Map<string, Member>();
  const upstreams = new Map<string, Upstream>();

  function start(loaded: LoadedConfig, id: string): void {
    const config = loaded.config.upstreams[id];
    if (config === undefined) return;
    const upstream = createUpstream({
      id,
      config,
      baseDir: loaded.directory,
      env: environment(),
      secrets: () => headerSecrets(config, loaded.directory),
      clock: parts.clock,
      log: (level, message, fields) => parts.logger[level](`${id}: ${message}`, fields),
    });
    const member: Member = {
      upstream,
      made: JSON.stringify(config),
      listed: false,
      timer: setInterval(() => void tick(id, member), askSoonMs),
    };
    member.timer.unref();
    upstream.onToolsChanged?.(() => void ask(id, member));
    members.set(id, member);
    upstreams.set(id, upstream);
  }

  let ticks = 0;
  async function tick(id: string, member: Member): Promise<void> {
    ticks += 1;
    if (!member.listed || ticks % Math.round(askEveryMs / askSoonMs) === 0) await ask(id, member);
  }

  async function ask(id: string, member: Member): Promise<boolean> {
    try {
      await parts.definitions.offer(id, await member.upstream.listTools());
      member.listed = true;
      await parts.onCatalog();
    } catch (error) {
      if (member.listed) parts.observer.trouble('upstream_unlisted', `${id}: ${String(error)}`);
      return false;
    }
    return true;
  }

  async function end(id: string): Promise<void> {
    const member = members.get(id);
    members.delete(id);
    upstreams.delete(id);
    if (member === undefined) return;
    clearInterval(member.timer);
    await member.upstream.close?.();
  }

  return {
    all: upstreams,
    apply(loaded) {
      const { upstreams: configured } = loaded.config;
      for (const [id, { made }] of members) if (JSON.stringify(configured[id]) !== made) void end(id);
      for (const id of Object.keys(configured)) if (!members.has(id)) start(loaded, id);
    },
    async refresh() {
      const answers = await Promise.all(
        [...members].map(async ([id, member]) => ((await ask(id, member)) ? null : id)),
      );
      return answers.filter((id) => id !== null);
    },
    unlisted: () => [...members].filter(([, { listed }]) => !listed).map(([id]) => id),
    states: () =>
      [...members].map(([id, { upstream, listed }]) => ({
        id,
        state: upstream.state?.() ?? (listed ? 'up' : 'starting'),
      })),
    async close() {
      await Promise.all([...members.keys()].map(end));
    },
  };
}
