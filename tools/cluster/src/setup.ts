import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { incidents as kinds, type EventType, type IncidentName } from '@sallyport/contracts';
import type { RecordedEvent } from '@sallyport/testing';
import {
  eventually,
  makeScratch,
  type Scratch,
  type ScratchParts,
  type ScriptedUpstream,
  startScriptedUpstream,
  type WrittenConfig,
} from '@sallyport/testing/harness';
import type { Program, Service } from './program.ts';
import { readRecord } from './read-record.ts';
import { type Cluster, runCluster, type Shape } from './run-cluster.ts';
import type { Servers } from './servers.ts';
import { makeSite, type Site, type SiteParts } from './site.ts';

/** A gateway that serves. */
export interface Endpoint {
  readonly url: string;
  readonly port: number;
  readonly program: Program;
}

/** A distributed deployment over one scripted upstream, `up`, with what a test looks at. */
export interface Setup {
  readonly site: Site;
  readonly scratch: Scratch;
  readonly upstream: ScriptedUpstream;
  readonly cluster: Cluster;
  /** Every gateway, each with a data directory of its own. */
  readonly endpoints: readonly [Endpoint, ...Endpoint[]];
  record(): Promise<readonly RecordedEvent[]>;
  /** The events of one type, tenant by tenant, oldest first. */
  recordOf<Type extends EventType>(type: Type): Promise<RecordedEvent<Type>[]>;
  /** The decision on one call, and what came of it: `['allow', 'allowed', 'call.completed']`. */
  storyOf(callId: string): Promise<string[]>;
  close(): Promise<void>;
}

export interface SetupParts extends Pick<ScratchParts, 'users' | 'policies'> {
  readonly servers: Servers;
  readonly upstream?: ScriptedUpstream;
  readonly config?: Partial<WrittenConfig>;
  readonly cluster?: SiteParts['cluster'];
  readonly gateways?: number;
  readonly shape?: Shape;
  /** How far the wall clock of each program of a service is ahead, milliseconds. */
  readonly clocks?: Shape;
}

/** A slow machine is no reason to refuse: what a test says of times, it says itself. */
const throttle = { decision_timeout: '20s' };
const startMs = 180_000;

const oneOfEach = { audit: 1, 'rate-limit': 1, authorization: 1, confirmation: 1 };
const nobody: Shape = { gateway: 0, audit: 0, 'rate-limit': 0, authorization: 0, confirmation: 0 };

/** Puts a distributed deployment up and waits until every gateway is ready. */
export async function openSetup(parts: SetupParts): Promise<Setup> {
  const { servers, gateways = 1, cluster = {} } = parts;
  const upstream = parts.upstream ?? (await startScriptedUpstream());
  const config = { upstreams: { up: { url: upstream.url, definitions: 'trust_on_first_use' } }, ...parts.config };
  const scratch = makeScratch({ ...parts, config: config as Partial<WrittenConfig> });
  const all = { listen: '127.0.0.1:0', identity: { development: { users: './users.yaml' } }, ...config };
  const site = await makeSite({
    servers,
    directory: scratch.directory,
    config: all as Partial<WrittenConfig>,
    cluster: { ...throttle, ...cluster },
  });
  const running = await runCluster(site, nobody);
  const start = (service: Service, file = site.config): Program =>
    running.start(service, file, { clockMs: parts.clocks?.[service] });
  const close = async (): Promise<void> => {
    await running.stop();
    await upstream.close();
    scratch.remove();
  };
  try {
    // Stations first: they serve before they are ready, which takes a gateway that found out which tools are offered.
    for (const [service, count] of Object.entries({ ...oneOfEach, ...parts.shape }))
      for (let left = count; left > 0; left -= 1) start(service as Service);
    await Promise.all(running.programs.map(({ serving }) => serving));
    const programs: Program[] = [];
    for (let at = 0; at < gateways; at += 1) {
      const program = start('gateway', ownConfig(site, at));
      await program.serving;
      programs.push(program);
    }
    await running.ready(startMs);
    const endpoints = programs.map((program) => ({
      program,
      url: program.url(),
      port: Number(new URL(program.url()).port),
    }));
    return {
      site,
      scratch,
      upstream,
      cluster: running,
      endpoints: endpoints as [Endpoint, ...Endpoint[]],
      close,
      ...readers(site),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The configuration with another data directory: two gateways never share their spool. */
function ownConfig({ config, directory }: Site, gateway: number): string {
  const file = join(directory, `gateway-${gateway}.yaml`);
  writeFileSync(file, `${readFileSync(config, 'utf8')}\ndata: ./data-${gateway}\n`);
  return file;
}

function readers(site: Site): Pick<Setup, 'record' | 'recordOf' | 'storyOf'> {
  const record = (): Promise<readonly RecordedEvent[]> => readRecord(site);
  return {
    record,
    recordOf: async <Type extends EventType>(type: Type) =>
      (await record()).filter((event): event is RecordedEvent<Type> => event.type === type),
    async storyOf(callId) {
      const events = (await record()).filter(({ stream }) => stream === `call/${callId}`);
      return events.flatMap((event) => (isDecision(event) ? [event.data.decision, event.data.reason] : [event.type]));
    },
  };
}

function isDecision(event: RecordedEvent): event is RecordedEvent<'call.decided'> {
  return event.type === 'call.decided';
}

/** The record once it says what is looked for. Throws after `ms`. */
export function recorded<T>(look: () => Promise<T | null | undefined | false>, ms = 15_000): Promise<NonNullable<T>> {
  return eventually(look, ms) as Promise<NonNullable<T>>;
}

/** One metric of a program, 0 where it has not counted yet: `sallyport_upstream_up{upstream="orders"}`. */
export async function metricOf({ url }: Pick<Program, 'url'>, name: string): Promise<number> {
  const text = await (await fetch(`${url()}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? 0);
}

/** How often a program reported an incident. */
export function incidents(program: Pick<Program, 'url'>, name: IncidentName): Promise<number> {
  return metricOf(program, `sallyport_incidents_total{incident="${name}",severity="${kinds[name].severity}"}`);
}

/** The first program of a service. */
export function programOf({ cluster }: Pick<Setup, 'cluster'>, service: Service): Program {
  const [program] = cluster.of(service);
  if (program === undefined) throw new Error(`no ${service} runs`);
  return program;
}
