import type { EventText, Request } from './request.ts';

type Lookup<Value> = { get(key: string): Value | undefined };

/** What is known of the logs before a batch is planned. */
export interface Known {
  /** Events in each tenant's log. */
  readonly sizes: ReadonlyMap<string, number>;
  /** By `streamKey`. */
  readonly versions: Lookup<number>;
  /** By `commandKey`: what the first commit with that id wrote. */
  readonly commands: Lookup<{ readonly first: number; readonly count: number }>;
  /** The logs are held: what is not here is not there. Else it is what was true at the last commit. */
  readonly certain: boolean;
}

/** An event with its place. */
export interface Placed extends EventText {
  readonly sequence: number;
  readonly stream: string;
  readonly version: number;
}

export interface PlannedCommit {
  readonly request: Request;
  readonly first: number;
  readonly events: readonly Placed[];
}

/** A stream that must hold this many events, taken from who expects it. */
export interface Probe {
  readonly tenant: string;
  readonly stream: string;
  readonly version: number;
}

export interface Plan {
  readonly commits: readonly PlannedCommit[];
  /** Versions after the plan, by `streamKey`. */
  readonly versions: ReadonlyMap<string, number>;
  readonly probes: readonly Probe[];
  readonly conflicts: readonly { readonly request: Request; readonly stream: string; readonly version: number }[];
  readonly duplicates: readonly { readonly request: Request; readonly first: number; readonly count: number }[];
  /** Depends on what another commit of this batch does: to be judged after it. */
  readonly later: readonly Request[];
  /** Nothing of this plan may be done before the logs are held and it is made again. */
  readonly unsure: boolean;
}

/** No tenant's name has a line break. */
export function streamKey(tenant: string, stream: string): string {
  return `${tenant}\n${stream}`;
}

export const commandKey = streamKey;

type Fate =
  | { readonly is: 'placed'; readonly events: readonly Placed[]; readonly probes: readonly Probe[] }
  | { readonly is: 'conflict'; readonly stream: string; readonly version: number }
  | { readonly is: 'later' }
  | { readonly is: 'unsure' };

/** Gives each event of a batch its place, in the order in which the commits came, without asking anybody. */
export function planBatch(batch: readonly Request[], known: Known): Plan {
  const commits: PlannedCommit[] = [];
  const probes: Probe[] = [];
  const conflicts: Plan['conflicts'][number][] = [];
  const duplicates: Plan['duplicates'][number][] = [];
  const later: Request[] = [];
  const planned: Planned = { next: new Map(), versions: new Map(), commands: new Set() };
  let unsure = false;

  for (const request of batch) {
    const earlier = known.commands.get(commandKey(request.tenant, request.commandId));
    if (earlier) {
      duplicates.push({ request, ...earlier });
      continue;
    }
    const fate = fateOf(request, known, planned);
    if (fate.is === 'placed') {
      commits.push({ request, first: take(request, fate.events, planned), events: fate.events });
      probes.push(...fate.probes);
    } else if (fate.is === 'conflict' && known.certain) {
      conflicts.push({ request, stream: fate.stream, version: fate.version });
    } else if (fate.is === 'later') {
      later.push(request);
    } else {
      unsure = true;
    }
  }
  return { commits, versions: planned.versions, probes, conflicts, duplicates, later, unsure };
}

/** What the commits of this batch that have their place have taken. */
interface Planned {
  readonly next: Map<string, number>;
  readonly versions: Map<string, number>;
  readonly commands: Set<string>;
}

function take({ tenant, commandId }: Request, events: readonly Placed[], planned: Planned): number {
  const first = events[0]?.sequence ?? 0;
  planned.next.set(tenant, first + events.length);
  planned.commands.add(commandKey(tenant, commandId));
  for (const { stream, version } of events) planned.versions.set(streamKey(tenant, stream), version);
  return first;
}

function fateOf({ tenant, commandId, writes }: Request, known: Known, planned: Planned): Fate {
  if (planned.commands.has(commandKey(tenant, commandId))) return { is: 'later' };
  const size = known.sizes.get(tenant);
  if (size === undefined) return { is: 'unsure' };
  const events: Placed[] = [];
  const probes: Probe[] = [];
  const added = new Map<string, number>();
  let sequence = planned.next.get(tenant) ?? size + 1;

  for (const { stream, expectedVersion, events: texts } of writes) {
    const before = added.get(stream) ?? 0;
    const place = placeOf({ tenant, stream, expectedVersion, before }, known, planned);
    if (place.is !== 'found') return place;
    if (place.probe) probes.push({ tenant, stream, version: place.version });
    for (const [at, text] of texts.entries())
      events.push({ ...text, stream, sequence: sequence++, version: place.version + before + at + 1 });
    added.set(stream, before + texts.length);
  }
  return { is: 'placed', events, probes };
}

interface Expectation {
  readonly tenant: string;
  readonly stream: string;
  readonly expectedVersion: number | 'any';
  /** Events that earlier writes of the same commit add to the stream. */
  readonly before: number;
}

type Place =
  /** The stream's version before the commit; with `probe` it was guessed and must be looked for. */
  { readonly is: 'found'; readonly version: number; readonly probe: boolean } | Exclude<Fate, { is: 'placed' }>;

function placeOf({ tenant, stream, expectedVersion, before }: Expectation, known: Known, planned: Planned): Place {
  const key = streamKey(tenant, stream);
  const inBatch = planned.versions.get(key);
  const sure = inBatch ?? known.versions.get(key);
  const version = sure ?? guess(expectedVersion, before, known.certain);
  if (version === undefined) return { is: 'unsure' };
  if (expectedVersion !== 'any' && version + before !== expectedVersion)
    return inBatch === undefined ? { is: 'conflict', stream, version } : { is: 'later' };
  // A guess that is too low meets the index of versions; one that is too high must be looked for.
  return { is: 'found', version, probe: sure === undefined && !known.certain && version > 0 };
}

/** Who expects a version is believed until the database says otherwise. */
function guess(expected: number | 'any', before: number, certain: boolean): number | undefined {
  if (certain) return 0;
  if (expected === 'any' || expected < before) return undefined;
  return expected - before;
}
