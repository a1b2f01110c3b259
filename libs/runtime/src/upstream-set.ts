import { createDocumentFetch, createPublicFetch } from '@sallyport/adapter-identity';
import { type ConnectionBook, createUpstream } from '@sallyport/adapter-mcp';
import {
  type Clock,
  hasOwnSignIn,
  type JsonObject,
  type Observer,
  type Offered,
  proxiesOf,
  publicBase,
  type TargetKind,
  type Upstream,
  type UpstreamState,
  type UpstreamUsage,
} from '@sallyport/contracts';
import type { Definitions, Offering } from '@sallyport/definitions';
import { beside, repeat, throttle, thrownText } from '@sallyport/base';
import { type HiddenValues, logText } from '@sallyport/sanitizers';
import type { Logger } from '@sallyport/service';
import type { PrintCommand } from '@sallyport/service/command';
import { countCalls, type CountedUpstream } from './calls-under-way.ts';
import { environment, headerSecrets, hiddenValues, type LoadedConfig, withSecrets } from '@sallyport/config';
import { RepeatedText } from './repeated-text.ts';
import { unnamedIn } from './unnamed-offers.ts';
import { upstreamLog } from './upstream-log.ts';

export interface UpstreamSetParts {
  readonly definitions: Definitions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: Observer;
  readonly command: PrintCommand;
  /** Told of each request to a client that belongs to no call, and was refused. */
  readonly strayRefused: (upstream: string, method: string) => void;
  /** Where users' sign-ins at an upstream are kept. */
  readonly bookOf: (upstream: string) => ConnectionBook;
  /** Called when the catalogue may have changed; with whether an upstream said for the first time what it offers. */
  readonly onCatalog: (isFirst: boolean) => Promise<void>;
}

/** The MCP servers behind us: started as configured, and asked again and again what they offer. */
export interface UpstreamSet {
  readonly all: ReadonlyMap<string, Upstream>;
  /** Starts what was applied so far, and from now on what is applied: nothing is started before. */
  begin(): void;
  /** Starts what is new, keeps what is unchanged, ends what is gone once its calls are over. */
  apply(loaded: LoadedConfig): void;
  /** Asks every upstream once what it offers. */
  refresh(): Promise<void>;
  /** Another process put something about definitions on record: asks again, at once after a rest. */
  lookAgain(): void;
  /** Says on the log which definitions wait for a person. */
  tellWaiting(): void;
  /** Ids of those that have not yet said what they offer. */
  unlisted(): readonly string[];
  /** Ids, states and what each uses, for health, status and metrics. */
  states(): readonly UpstreamStatus[];
  /** A client's session ended: so does what upstreams keep for it. */
  endSession(session: string): void;
  /** Ends what upstreams keep for tenants that are switched off. */
  endTenants(ids: readonly string[]): void;
  close(): Promise<void>;
}

/** How one upstream is. */
export interface UpstreamStatus {
  readonly id: string;
  readonly state: UpstreamState;
  /** Whether what it offers is on record, so that its tools can be called. */
  readonly recorded: boolean;
  /** Why it could not be asked last, cleaned; null when it could. */
  readonly why: string | null;
  readonly usage: UpstreamUsage;
}

interface Member extends CountedUpstream {
  readonly id: string;
  /** What it was made from; a different text makes a new one. */
  readonly made: string;
  readonly offers: readonly Offered[];
  /** What it listed last beside its tools, and why it could not be asked since. */
  readonly beside: Map<TargetKind, { readonly list: readonly JsonObject[]; readonly why: string | null }>;
  /** What it was given that must not stand in our log. */
  readonly hidden: HiddenValues;
  stopAsking: () => void;
  listed: boolean;
  why: string | null;
  readonly incidents: RepeatedText;
  /** The tools that were said on the log to wait for a person. */
  told: string;
}

/** Definitions are asked for this often, beside what an upstream says by itself. */
const askEveryMs = 30_000;
const askSoonMs = 2_000;
/** An upstream that says without end that its tools have changed is not asked without end. */
const changePauses = { leastMs: 250, mostMs: askEveryMs };
/** Nor are two processes that are offered different things by the same upstream: each one's record makes the other ask. */
const othersPauses = { leastMs: 5_000, mostMs: askEveryMs };

const namedHosts = 'only the hosts of `url` and of issuers in `auth` may be, since you name them.';

const unused: UpstreamUsage = { programs: 0, sessions: 0, stderr: { lines: 0, bytes: 0 } };

/** Builds the set; nothing is started before `apply`. */
export function createUpstreamSet(parts: UpstreamSetParts): UpstreamSet {
  const members = new Map<string, Member>();
  const upstreams = new Map<string, Upstream>();
  const retiring = new Set<Member>();
  let begun = false;
  let wanted: LoadedConfig | null = null;

  function remove({ id, stopAsking }: Member): void {
    stopAsking();
    members.delete(id);
    upstreams.delete(id);
  }

  /** New calls go elsewhere at once; the upstream ends when those under way have their answers. */
  async function retire(member: Member): Promise<void> {
    remove(member);
    retiring.add(member);
    await member.idle();
    retiring.delete(member);
    await member.upstream.close?.();
  }

  async function refresh(): Promise<void> {
    await Promise.all([...members.values()].map((member) => ask(parts, member)));
  }

  function apply(loaded: LoadedConfig): void {
    wanted = loaded;
    if (!begun) return;
    const configured = loaded.config.upstreams;
    for (const member of members.values())
      if (JSON.stringify(configured[member.id]) !== member.made) ends(parts, member.id, () => retire(member));
    for (const id of Object.keys(configured)) {
      if (members.has(id)) continue;
      const member = start(parts, loaded, id);
      members.set(id, member);
      upstreams.set(id, member.upstream);
      member.stopAsking = askAgain(parts, member);
    }
  }

  return {
    all: upstreams,
    begin() {
      begun = true;
      if (wanted !== null) apply(wanted);
    },
    apply,
    refresh,
    lookAgain: throttle(refresh, parts.clock, othersPauses),
    tellWaiting: () => members.forEach((member) => tellWaiting(parts, member)),
    unlisted: () => [...members.values()].filter(({ listed }) => !listed).map(({ id }) => id),
    states: () => [...members.values()].map((member) => statusOf(parts, member)),
    endSession(session) {
      for (const { id, upstream } of members.values()) ends(parts, id, () => upstream.endSession?.(session));
    },
    endTenants(ids) {
      for (const t of ids) members.forEach(({ id, upstream }) => ends(parts, id, () => upstream.endTenant?.(t)));
    },
    async close() {
      const all = [...members.values(), ...retiring];
      all.forEach(remove);
      await Promise.all(all.map(({ upstream }) => upstream.close?.()));
    },
  };
}

function ends({ logger }: UpstreamSetParts, id: string, act: () => unknown): void {
  beside(act, (why) => logger.warn(`${id}: what is over could not be ended: ${why}`));
}

function start(parts: UpstreamSetParts, loaded: LoadedConfig, id: string): Member {
  const config = loaded.config.upstreams[id];
  if (config === undefined) throw new Error(`no upstream is called ${id}`);
  const secrets = headerSecrets(config, loaded.directory);
  const hidden = hiddenValues(config, loaded.directory);
  const counted = countCalls(
    createUpstream({
      id,
      config: withSecrets(config, loaded.directory),
      baseDir: loaded.directory,
      env: environment(),
      secrets: () => secrets,
      fetchFor: (named) =>
        createDocumentFetch(createPublicFetch(named, { hint: namedHosts, proxies: proxiesOf(environment()) })),
      clock: parts.clock,
      ...(hasOwnSignIn(config) && { users: { book: parts.bookOf(id), at: signInAt(loaded, id) } }),
      strayRefused: (method) => parts.strayRefused(id, method),
      log: upstreamLog(parts.logger, id, hidden),
    }),
  );
  const made = JSON.stringify(config);
  const rest = {
    offers: config.offers,
    beside: new Map(),
    stopAsking: () => undefined,
    listed: false,
    why: null,
    told: '',
  };
  const member: Member = { ...counted, id, made, hidden, ...rest, incidents: new RepeatedText(parts.clock) };
  const askThrottled = throttle(() => ask(parts, member), parts.clock, changePauses);
  member.upstream.onChanged?.(askThrottled);
  return member;
}

/** Where users sign in, for the log: as clients know us, or where we listen. */
function signInAt({ config: { public_url: known, listen } }: LoadedConfig, id: string): string {
  return `${publicBase(known) ?? `http://${listen}`}/connect/${id}`;
}

function statusOf({ definitions }: UpstreamSetParts, { id, upstream, listed, why }: Member): UpstreamStatus {
  const state = upstream.state?.() ?? (listed ? 'up' : 'starting');
  return { id, state, recorded: definitions.isRecorded(id), why, usage: upstream.usage?.() ?? unused };
}

/** Asks soon while it is not on record what an upstream offers, and now and then afterwards. */
function askAgain(parts: UpstreamSetParts, member: Member): () => void {
  return repeat(
    () => ask(parts, member),
    () => (parts.definitions.isRecorded(member.id) ? askEveryMs : askSoonMs),
  );
}

/** What the upstream offers of what it may be used for. */
async function offeringOf(parts: UpstreamSetParts, member: Member): Promise<Offering> {
  const { upstream, offers } = member;
  return {
    tools: offers.includes('tools') ? await upstream.list('tool') : [],
    prompts: offers.includes('prompts') ? await listBeside(parts, member, 'prompt') : [],
    templates: offers.includes('resources') ? await listBeside(parts, member, 'template') : [],
    resources: offers.includes('resources') ? await listBeside(parts, member, 'resource') : [],
    instructions: upstream.instructions?.() ?? null,
  };
}

/** A list beside that of the tools: a server that can't be asked for it keeps its tools, and what it listed last. */
async function listBeside(
  { logger }: UpstreamSetParts,
  { id, upstream, beside, hidden }: Member,
  kind: TargetKind,
): Promise<readonly JsonObject[]> {
  const last = beside.get(kind) ?? { list: [], why: null };
  try {
    const list = await upstream.list(kind);
    beside.set(kind, { list, why: null });
    return list;
  } catch (error) {
    const why = logText(thrownText(error), hidden);
    if (why !== last.why) logger.warn(`${id}: can’t be asked for its ${kind}s: ${why}`);
    beside.set(kind, { ...last, why });
    return last.list;
  }
}

/** Takes what the upstream offers now. One that can't be asked keeps what it offered last. */
async function ask(parts: UpstreamSetParts, member: Member): Promise<void> {
  const { definitions, observer, onCatalog, logger } = parts;
  try {
    await definitions.offer(member.id, await offeringOf(parts, member));
    const isFirst = !member.listed;
    member.listed = true;
    if (member.incidents.clear()) logger.info(`${member.id}: answers again`);
    member.why = null;
    tellWaiting(parts, member);
    if (isFirst) tellUnnamed(parts, member);
    await onCatalog(isFirst);
  } catch (error) {
    member.why = logText(thrownText(error), member.hidden);
    if (!member.incidents.isNews(member.why)) return;
    if (member.listed) observer.incident('upstream_unlisted', `${member.id}: ${member.why}`);
    else logger.warn(`${member.id}: can’t be asked for its tools: ${member.why}`);
  }
}

/** Says once what a server has that nobody gets, since `offers` does not name it. */
function tellUnnamed({ logger }: UpstreamSetParts, { id, upstream, offers }: Member): void {
  const unnamed = unnamedIn(offers, upstream.capabilities?.() ?? {});
  if (unnamed.length > 0)
    logger.info(`${id}: has ${unnamed.join(' and ')}, which clients get once upstreams.${id}.offers names them`);
}

/** Says which definitions are hidden until a person approves them, and how; again only when they are others. */
function tellWaiting({ definitions, logger, command }: UpstreamSetParts, member: Member): void {
  const waiting = definitions.waiting(member.id);
  const names = waiting.join(', ');
  if (names === member.told) return;
  member.told = names;
  if (names === '') return;
  const how = `look at them and approve with \`${command(`definitions approve ${member.id}`)}\``;
  logger.warn(`${member.id}: definitions wait for approval and are hidden: ${how}`, {
    waiting: waiting.length,
    definitions: logText(names),
  });
}
