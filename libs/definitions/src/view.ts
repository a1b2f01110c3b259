import type { CatalogTool, Digest, JsonObject, ToolState, UpstreamConfig } from '@sallyport/contracts';
import { doesOf, readsOnly, stateIn, toolConfig } from './catalog-tool.ts';
import type { ValidatorCache } from './validator-cache.ts';
import type { DefinitionName, Pin } from './pin.ts';
import { changedTexts } from './unpinned.ts';

/** One pinned definition as a person sees it, with what the offered copy (else the approved one) says that it does. */
export interface DefinitionView extends Pick<CatalogTool, 'effect' | 'destructive'>, DefinitionName {
  readonly state: ToolState;
  readonly approved: JsonObject | null;
  readonly offered: JsonObject | null;
  readonly approvedDigest: Digest | null;
  readonly offeredDigest: Digest | null;
  /** What a person should know before approving it. */
  readonly warnings: readonly string[];
  /** Why the offered definition can't be used at all; null when it can. */
  readonly problem: string | null;
  /** Keywords of its schemas that can't be enforced, and why; the others are. */
  readonly leftOut: readonly string[];
  /** Why first use did not approve it, where the upstream has `trust_on_first_use`, or that only texts of it changed; null for nothing. */
  readonly note: string | null;
}

const nothing = { definition: null, digest: null };

/** Shows a pin. Warnings of a long definition take long, so that they are looked for where somebody reads them. */
export function viewOf(cache: ValidatorCache, pin: Pin, warn: () => readonly string[]): DefinitionView {
  let found: readonly string[] | undefined;
  const warnings = (): readonly string[] => (found ??= warn());
  const { upstream, kind, tool, approved, offered } = pin;
  const [shownApproved, shownOffered] = [approved ?? nothing, offered ?? nothing];
  const problem = cache.problemOf(pin);
  return {
    upstream,
    kind,
    tool,
    state: stateIn(pin, cache.approvedProblemOf(pin) === null),
    approved: shownApproved.definition,
    offered: shownOffered.definition,
    approvedDigest: shownApproved.digest,
    offeredDigest: shownOffered.digest,
    get warnings() {
      return warnings();
    },
    problem,
    leftOut: cache.leftOutOf(pin),
    ...(kind === 'tool'
      ? doesOf((offered ?? approved)?.definition, toolConfig(cache.configured(upstream)?.tools ?? {}, tool))
      : readsOnly),
    get note() {
      return noteOf(pin, cache.configured(upstream)?.definitions, problem !== null || warnings().length > 0);
    },
  };
}

function noteOf(
  { upstream, tool, approved, offered, version, noted }: Pin,
  definitions: UpstreamConfig['definitions'] | undefined,
  spokenAgainst: boolean,
): string | null {
  if (noted === true) return 'its upstream changed what is not pinned; clients get the approved copy';
  const texts = approved === null || offered === null ? [] : changedTexts(approved, offered);
  if (texts.length > 0)
    return `only ${texts.join(', ')} changed; where its server does that by itself, see upstreams.${upstream}.tools.${tool}.unpinned`;
  if (definitions === 'pinned' || approved !== null || offered === null || version === 0) return null;
  return spokenAgainst
    ? 'first use leaves a definition with a warning to a person'
    : 'it came after the first use of this upstream, so a person must approve it';
}
