import { counted } from '@sallyport/base';
import type { PrintCommand } from '@sallyport/service/command';
import { Failure } from '../failure.ts';
import type { AdminClient } from './admin-client.ts';
import { bare } from './references.ts';

/** What can be pinned, in the order in which it is shown. */
const kinds = ['tool', 'prompt', 'template', 'instructions'] as const;

/** One pinned definition as the admin API shows it. */
export interface Definition {
  readonly upstream: string;
  readonly kind: (typeof kinds)[number];
  /** Its name; of a template its URI template, of instructions `instructions`. */
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

/** True for what is offered and hidden, since nobody has approved what is offered. */
export function isUnapproved({ state, offeredDigest }: Pick<Definition, 'state' | 'offeredDigest'>): boolean {
  return (state === 'unapproved' || state === 'drifted') && offeredDigest !== null;
}

/** True for such a definition that a person can approve. */
export function waits(definition: Definition): boolean {
  return isUnapproved(definition) && definition.problem === null;
}

/**
 * The definitions `<upstream>/<name>`, by any form in which the name is printed: a tool and a prompt may have the same.
 * @throws Failure where there is none
 */
export function definitionsNamed(
  definitions: readonly Definition[],
  name: string,
  command: PrintCommand,
): readonly Definition[] {
  const wanted = bare('definition', name);
  const found = definitions.filter(({ upstream, tool }) =>
    ['/', '__', '+'].some((between) => wanted === `${upstream}${between}${tool}`),
  );
  if (found.length > 0) return found;
  throw new Failure('refused', `There is no definition ${name}.`, { hint: listHint(command) });
}

/** `1 tool`, `2 tools and 1 prompt`, `2 tools, 1 prompt and the instructions` */
export function definitionCount(definitions: readonly Pick<Definition, 'kind'>[]): string {
  const found = Map.groupBy(definitions, ({ kind }) => kind);
  const parts = kinds.flatMap((kind) => {
    const count = found.get(kind)?.length ?? 0;
    if (count === 0) return [];
    return [kind === 'instructions' ? 'the instructions' : counted(count, kind)];
  });
  return parts.length === 0 ? '0 tools' : new Intl.ListFormat('en-GB').format(parts);
}

/** How to see all that there is. */
export function listHint(command: PrintCommand): string {
  return `List them with: ${command('definitions')}`;
}

/** `<upstream>/<name>`, not yet fit for a terminal. */
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
