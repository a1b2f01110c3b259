import type { Clock, Digest, EventData, Ids, Journal, JsonObject, StoredEvent } from '@sallyport/contracts';
import { commitOf, createFollower, type EventFacts, newEvent, readCloudEvent } from '@sallyport/journal';
import type { TrustedList } from './first-use.ts';
import { comparedWith, type Unpinned } from './unpinned.ts';
import { type Copy, copyOf, type DefinitionEvent, evolve, isDefinitionEvent, newPin, type Pin } from './pin.ts';

export interface DefinitionStoreParts {
  readonly journal: Journal;
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

/** What an upstream offers. */
export interface Offer {
  readonly upstream: string;
  readonly tools: ReadonlySet<string>;
  readonly changed: boolean;
}

/** All pins, and the only way to change them: by an event that is on record first. */
export interface DefinitionStore {
  all(): readonly Pin[];
  get(upstream: string, tool: string): Pin | undefined;
  of(upstream: string): readonly Pin[];
  /** The list that the upstream's first use trusted, as the journal has it. */
  trusted(upstream: string): TrustedList;
  /** Takes up what the journal has that was not read yet; says whether there was anything. */
  catchUp(): Promise<boolean>;
  /**
   * Notes what an upstream offers now; not on record by itself. Says whether anything is other than before. What differs from the
   * approved copy in unpinned members alone is taken for that copy.
   */
  note(upstream: string, tools: readonly JsonObject[], unpinned?: (tool: string) => Unpinned): Offer;
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
  const keyOf = (upstream: string, tool: string): string => `${upstream}/${tool}`;
  const pinOf = (upstream: string, tool: string): Pin => pins.get(keyOf(upstream, tool)) ?? newPin(upstream, tool);
  const put = (pin: Pin): void => void pins.set(keyOf(pin.upstream, pin.tool), pin);

  /** What other processes recorded changes what is approved; what is offered here, only our own upstreams change. */
  function take({ type, version, bytes }: StoredEvent): boolean {
    if (type === firstUsed) return takeFirstUse(readCloudEvent<EventData[typeof firstUsed]>(bytes).data);
    if (!isDefinitionEvent(type)) return false;
    const { data } = readCloudEvent<EventData[DefinitionEvent]>(bytes);
    const before = pinOf(data.upstream, data.tool);
    if (version <= before.version) return false;
    const pin = evolve(before, type, data);
    put({ ...pin, offered: assumeOffered ? pin.approved : before.offered });
    return true;
  }

  function takeFirstUse({ upstream, digest }: EventData[typeof firstUsed]): boolean {
    firstUses.set(upstream, digest);
    return false;
  }

  const follower = createFollower({
    journal,
    tenant: systemTenant,
    kind: 'definition',
    take(event) {
      changed = take(event) || changed;
    },
  });

  return {
    all: () => [...pins.values()],
    get: (upstream, tool) => pins.get(keyOf(upstream, tool)),
    of: (upstream) => [...pins.values()].filter((pin) => pin.upstream === upstream),
    trusted: (upstream) => firstUses.get(upstream) ?? null,
    async catchUp() {
      await follower.catchUp();
      const was = changed;
      changed = false;
      return was;
    },
    note(upstream, tools, unpinned = () => ({})) {
      const named = tools.filter(({ name }) => typeof name === 'string');
      const before = named.map(({ name }) => pinOf(upstream, String(name)));
      const after = before.map((pin, at) => withOffer(pin, copyOf(named[at] ?? {}), unpinned(pin.tool)));
      after.forEach(put);
      return { upstream, tools: new Set(after.map(({ tool }) => tool)), changed: offersDiffer(before, after) };
    },
    async record(pin, type, data) {
      const stream = `definition/${pin.upstream}/${encodeURIComponent(pin.tool)}`;
      await commit(parts, { stream, version: pin.version }, { type, data });
      put(evolve(pin, type, data));
    },
    async trust(upstream, digest, tools) {
      const data = { tenant: systemTenant, upstream, tools, digest };
      await commit(parts, { stream: `definition/${upstream}`, version: 0 }, { type: firstUsed, data });
      takeFirstUse(data);
    },
  };
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

/** @throws PinMoved where the stream is at another version */
async function commit(
  { journal, ...parts }: DefinitionStoreParts,
  { stream, version }: Place,
  what: Pick<EventFacts, 'type' | 'data'>,
): Promise<void> {
  const event = newEvent(parts, { ...what, source: '/definitions' });
  const { status } = await journal.commit(commitOf(event, { stream, expectedVersion: version }));
  if (status === 'conflict') throw new PinMoved(`${stream} was changed by somebody else`);
}
