import type { DefinitionKind, Digest, EventData, EventType, JsonObject, ToolState } from '@sallyport/contracts';
import { definitionDigest } from '@sallyport/base';

/** One tool definition, whole, and its digest. */
export interface Copy {
  readonly definition: JsonObject;
  readonly digest: Digest;
}

/** Which definition. */
export interface DefinitionName {
  readonly upstream: string;
  readonly kind: DefinitionKind;
  /** Its name; of a template the template itself, of instructions `instructions`. */
  readonly tool: string;
}

/** Where one definition's pin stands. `version` is the number of events in its stream. */
export interface Pin extends DefinitionName {
  readonly version: number;
  /** What clients are shown, whatever the upstream says today. */
  readonly approved: Copy | null;
  /** What the upstream offers; null when it offers the tool no more. */
  readonly offered: Copy | null;
  /** Whether what it offers differs from the approved copy in members that are told of, and not pinned. */
  readonly noted?: boolean;
  /** Digest of the last offer that is on record, so that the same drift is recorded once. */
  readonly recorded: Digest | null;
}

/** A definition that was never seen. */
export function newPin({ upstream, kind, tool }: DefinitionName): Pin {
  return { upstream, kind, tool, version: 0, approved: null, offered: null, recorded: null };
}

/** A key within its upstream. */
export function keyWithin({ kind, tool }: Pick<DefinitionName, 'kind' | 'tool'>): string {
  return `${kind}/${tool}`;
}

/** The name of what a server says of itself. */
export function instructionsOf(upstream: string): DefinitionName {
  return { upstream, kind: 'instructions', tool: 'instructions' };
}

/** The name as events have it. */
export function namedIn({
  upstream,
  kind,
  tool,
}: DefinitionName): Pick<EventData['definition.withdrawn'], 'upstream' | 'kind' | 'tool'> {
  return { upstream, tool, ...(kind === 'tool' ? {} : { kind }) };
}

/** The definition with its digest: SHA-256 over the canonical form of all of it. */
export function copyOf(definition: JsonObject): Copy {
  return { definition, digest: definitionDigest(definition) };
}

/** Where the tool stands; see `ToolState`. */
export function stateOf({ approved, offered, recorded }: Pin): ToolState {
  // On record is that it is offered, and not yet heard by this process; or the other way round.
  if (approved === null) return offered !== null && recorded === null ? 'starting' : 'unapproved';
  if (offered === null) return recorded === null ? 'withdrawn' : 'starting';
  return approved.digest === offered.digest ? 'approved' : 'drifted';
}

/** The types of a definition stream's events. */
export type DefinitionEvent = Extract<EventType, `definition.${string}`>;

/** What an event of the tool's stream makes of its pin. */
export function evolve<Type extends DefinitionEvent>(pin: Pin, type: Type, data: EventData[Type]): Pin {
  const version = pin.version + 1;
  if (type === 'definition.approved') {
    const { definition, digest } = data as EventData['definition.approved'];
    return { ...pin, version, approved: { definition, digest }, recorded: digest };
  }
  if (type === 'definition.offered')
    return { ...pin, version, recorded: (data as EventData['definition.offered']).digest };
  return { ...pin, version, offered: null, recorded: null };
}

/** True for the events of definition streams. */
export function isDefinitionEvent(type: string): type is DefinitionEvent {
  return type === 'definition.offered' || type === 'definition.approved' || type === 'definition.withdrawn';
}
