import { type Unjudged, unjudgedSchema, type Verdict, verdictsSchema } from '@sallyport/contracts';
import { read } from './messages.ts';

/** The text of an envelope that is signed and passed on. */
export function envelopeText({
  version,
  call,
  facts,
  factsDigest,
  guards,
  policy,
  settings,
  config,
  system,
  withheld,
}: Unjudged): string {
  return JSON.stringify({ version, call, facts, factsDigest, guards, policy, settings, config, system, withheld });
}

/** Reads the text of an envelope that anybody may have written; null where a guard could not even look at it. */
export function readEnvelope(text: string): Unjudged | null {
  return read(unjudgedSchema, text);
}

/** Reads the text of verdicts; null for what is none. What they say is for `decide` to judge. */
export function readVerdicts(text: string): readonly Verdict[] | null {
  return read(verdictsSchema, text);
}
