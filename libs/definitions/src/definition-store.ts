import type {
  DefinitionKind,
  Clock,
  Digest,
  EventData,
  Ids,
  Journal,
  JsonObject,
  StoredEvent,
  Texts,
} from '@sallyport/contracts';
import { commitOf, createFollower, type EventFacts, newEvent, readCloudEvent } from '@sallyport/journal';
import { keptApart, madeWhole } from './recorded-definition.ts';
import type { TrustedList } from './first-use.ts';
import { comparedWith, type Unpinned } from './unpinned.ts';
import {
  type Copy,
  copyOf,
  type DefinitionEvent,
  type DefinitionName,
  evolve,
  instructionsOf,
  isDefinitionEvent,
  keyWithin,
  newPin,
  type Pin,
} from './pin.ts';

export interface DefinitionStoreParts {
  readonly journal: Journal;
  /** Where the text of what is approved is kept; without it every definition stands in its event. */
  readonly texts?: Texts;
  readonly clock: Clock;
  readonly ids: Ids;
  /** The tenant whose log holds what concerns the whole system. */
  readonly systemTenant: string;
  /** True in a process without upstreams: what was approved counts as what is offered, and others watch for drift. */
  readonly assumeOffered?: boolean;
}

/** Thrown when another process put an event on a pin first: what it wrote has to be read before anything is decided. */
export class PinMoved extends Error {
  readonly code = 'pin_moved';
}

/** What an upstream says of itself. */
export interface Offering {
  readonly tools: readonly JsonObject[];
  readonly prompts?: readonly JsonObject[];
  readonly templates?: readonly JsonObject[];
  /** Single resources, as they are listed; nobody pins them. */
  readonly resources?: readonly JsonObject[];
  /** Null or absent where it says nothing. */
  readonly instructions?: string | null;
}

/** What an upstream offers. */
export interface Offer {
  readonly upstream: string;
  /** Keys of the definitions. */
  readonly offered: ReadonlySet<string>;
  readonly changed: boolean;
}

/** All pins, and the only way to change them: by an event that is on record first. */
export interface DefinitionStore {
  all(): readonly Pin[];
  get(name: DefinitionName): Pin | undefined;
  of(upstream: string): readonly Pin[];
  /** The list that the upstream's first use trusted, as the journal has it. */
  trusted(upstream: string): TrustedList;
  /** The sequence of the last event of a definition that was read or written. */
  position(): number;
  /** Takes up what the journal has that was not read yet; says whether there was anything. */
  catchUp(): Promise<boolean>;
  /**
   * Notes what an upstream offers now; not on record by itself. Says whether anything is other than before. What differs from the
   * approved copy in unpinned members alone is taken for that copy.
   */
  note(upstream: string, offering: Offering, unpinned?: (name: DefinitionName) => Unpinned): Offer;
  /** @throws PinMoved */
  record<Type extends DefinitionEvent>(pin: Pin, type: Type, data: EventData[Type]): Promise<void>;
  /** Puts it on record that a list is the first use of its upstream. @throws PinMoved where another list was */
  trust(upstream: string, list: Digest, tools: number): Promise<void>;
}

const firstUsed = 'upstream.first_used';

/** Builds the store over the journal. */
export function createDefinitionStore(parts: DefinitionStoreParts): DefinitionStore {
  const { journal, systemTenant, assumeOffered = false } = parts;
  const pins = new Map<string, Pin>();
  const firstUses = new Map<string, Digest>();
  let changed = false;
  let written = 0;
  const keyOf = (name: DefinitionName): string => `${name.upstream}/${keyWithin(name)}`;
  const pinOf = (name: DefinitionName): Pin => pins.get(keyOf(name)) ?? newPin(name);
  const put = (pin: Pin): void => void pins.set(keyOf(pin), pin);

  /** What other processes recorded changes what is approved; what is offered here, only our own upstreams change. */
  function take({ type, version, bytes }: StoredEvent): void | Promise<void> {
    if (type === firstUsed) return takeFirstUse(readCloudEvent<EventData[typeof firstUsed]>(bytes).data);
    if (!isDefinitionEvent(type)) return;
    const { data } = readCloudEvent<EventData[DefinitionEvent]>(bytes);
    if (version <= pinOf({ kind: 'tool', ...data }).version) return;
    const whole = madeWhole(parts.texts, data);
    return whole instanceof Promise ? whole.then((read) => move(type, read)) : move(type, whole);
  }

  function move(type: DefinitionEvent, data: EventData[DefinitionEvent]): void {
    const before = pinOf({ kind: 'tool', ...data });
    const pin = evolve(before, type, data);
    put({ ...pin, offered: assumeOffered ? pin.approved : before.offered });
    changed = true;
  }

  const takeFirstUse = ({ upstream, digest }: EventData[typeof firstUsed]): void =>
    void firstUses.set(upstream, digest);

  const follower = createFollower({ journal, tenant: systemTenant, kind: 'definition', take });

  return {
    all: () => [...pins.values()],
    get: (name) => pins.get(keyOf(name)),
    of: (upstream) => [...pins.values()].filter((pin) => pin.upstream === upstream),
    trusted: (upstream) => firstUses.get(upstream) ?? null,
    position: () => Math.max(written, follower.position()),
    async catchUp() {
      await follower.catchUp();
      const was = changed;
      changed = false;
      return was;
    },
    note(upstream, offering, unpinned = () => ({})) {
      const definitions = definitionsIn(upstream, offering);
      const before = definitions.map(([name]) => pinOf(name));
      const after = before.map((pin, at) => withOffer(pin, copyOf(definitions[at]?.[1] ?? {}), unpinned(pin)));
      after.forEach(put);
      return { upstream, offered: new Set(after.map(keyWithin)), changed: offersDiffer(before, after) };
    },
    async record(pin, type, data) {
      const what = { type, data: await keptApart(parts.texts, data) };
      written = await commit(parts, { stream: streamOf(pin), version: pin.version }, what);
      put(evolve(pin, type, data));
    },
    async trust(upstream, digest, tools) {
      const data = { tenant: systemTenant, upstream, tools, digest };
      written = await commit(parts, { stream: `definition/${upstream}`, version: 0 }, { type: firstUsed, data });
      takeFirstUse(data);
    },
  };
}

type Named = readonly [DefinitionName, JsonObject];

/** Each definition with its name. */
function definitionsIn(upstream: string, { tools, prompts, templates, instructions }: Offering): readonly Named[] {
  const named = (kind: DefinitionKind, member: string, of: readonly JsonObject[] = []): readonly Named[] =>
    of.flatMap((definition): readonly Named[] => {
      const name = definition[member];
      return typeof name === 'string' ? [[{ upstream, kind, tool: name }, definition]] : [];
    });
  return [
    ...named('tool', 'name', tools),
    ...named('prompt', 'name', prompts),
    ...named('template', 'uriTemplate', templates),
    ...(typeof instructions === 'string' ? [[instructionsOf(upstream), { instructions }] as const] : []),
  ];
}

/** Names are encoded, so that a tool's has no slash of its own. */
function streamOf({ upstream, kind, tool }: DefinitionName): string {
  const stream = `definition/${upstream}/${encodeURIComponent(tool)}`;
  return kind === 'tool' ? stream : `${stream}/${kind}`;
}

function offersDiffer(before: readonly Pin[], after: readonly Pin[]): boolean {
  return after.some(({ offered }, at) => offered?.digest !== before[at]?.offered?.digest);
}

/** The same definition stays the same object: what was compiled for it stays too. */
function withOffer(pin: Pin, copy: Copy, unpinned: Unpinned): Pin {
  const compared = comparedWith(pin.approved, copy, unpinned);
  const offered = compared === 'other' ? copy : (pin.approved ?? copy);
  return {
    ...pin,
    offered: pin.offered?.digest === offered.digest ? pin.offered : offered,
    noted: compared === 'noted',
  };
}

interface Place {
  readonly stream: string;
  readonly version: number;
}

/** @returns the sequence of the event @throws PinMoved where the stream is at another version */
async function commit(
  { journal, ...parts }: DefinitionStoreParts,
  { stream, version }: Place,
  what: Pick<EventFacts, 'type' | 'data'>,
): Promise<number> {
  const event = newEvent(parts, { ...what, source: '/definitions' });
  const committed = await journal.commit(commitOf(event, { stream, expectedVersion: version }));
  if (committed.status === 'conflict') throw new PinMoved(`${stream} was changed by somebody else`);
  return committed.status === 'committed' ? committed.first : (committed.events[0]?.sequence ?? 0);
}
