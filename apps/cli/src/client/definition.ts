import type { PrintCommand } from '@sallyport/service/command';
import { Failure } from '../failure.ts';
import type { AdminClient } from './admin-client.ts';
import { bare } from './references.ts';

/** One pinned definition as the admin API shows it. */
export interface Definition {
  readonly upstream: string;
  readonly kind: 'tool' | 'instructions';
  /** Its name; of instructions `instructions`. */
  readonly tool: string;
  readonly state: string;
  readonly approved: unknown;
  readonly offered: unknown;
  readonly offeredDigest: string | null;
  readonly warnings: readonly string[];
  readonly problem: string | null;
  readonly leftOut: readonly string[];
  readonly effect: string;
  readonly destructive: boolean;
  readonly note: string | null;
}

/** Every definition of the instance. */
export async function fetchDefinitions(client: AdminClient): Promise<readonly Definition[]> {
  return (await client.get<{ definitions: readonly Definition[] }>('/definitions')).definitions;
}

/** True for a tool that is offered and hidden, since nobody has approved what is offered. */
export function isUnapproved({ state, offeredDigest }: Pick<Definition, 'state' | 'offeredDigest'>): boolean {
  return (state === 'unapproved' || state === 'drifted') && offeredDigest !== null;
}

/** True for such a tool that a person can approve. */
export function waits(definition: Definition): boolean {
  return isUnapproved(definition) && definition.problem === null;
}

/**
 * The definition `<upstream>/<tool>`, by any form in which its name is printed; a tool's where a tool is called `instructions`.
 * @throws Failure where there is none
 */
export function definitionNamed(definitions: readonly Definition[], name: string, command: PrintCommand): Definition {
  const wanted = bare('definition', name);
  const found = definitions
    .toSorted((a, b) => Number(b.kind === 'tool') - Number(a.kind === 'tool'))
    .find(({ upstream, tool }) => [`${upstream}/${tool}`, `${upstream}__${tool}`].includes(wanted));
  if (found !== undefined) return found;
  throw new Failure('refused', `There is no tool ${name}.`, { hint: listHint(command) });
}

/** How to see all that there is. */
export function listHint(command: PrintCommand): string {
  return `List them with: ${command('definitions')}`;
}

/** `<upstream>/<tool>`, not yet fit for a terminal. */
export function nameOf({ upstream, tool }: Pick<Definition, 'upstream' | 'tool'>): string {
  return `${upstream}/${tool}`;
}

/** A keyword of a tool's schema that its upstream alone checks. */
export function notEnforced(place: string): string {
  return `not enforced: ${place}`;
}

/** What the tool does, in one word for a person; the worst that its hints leave open. */
export function doesOf({
  effect,
  destructive,
}: Pick<Definition, 'effect' | 'destructive'>): 'reads' | 'writes' | 'may destroy' {
  if (effect === 'read') return 'reads';
  return destructive ? 'may destroy' : 'writes';
}
