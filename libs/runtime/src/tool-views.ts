import type { Policies, Subject, SwitchTarget, Target, ToolState } from '@sallyport/contracts';
import type { Definitions } from '@sallyport/definitions';
import type { ToolEntry } from '@sallyport/endpoint-admin';
import { counted } from '@sallyport/base';

export interface ToolViewParts {
  readonly definitions: Pick<Definitions, 'list' | 'catalog'>;
  readonly policies: Pick<Policies, 'explain'>;
  /** The switch that stops the subject's calls of it; null when none does. */
  stopping?(upstream: string, target: Target): SwitchTarget | null;
}

/** What says where an entry is from. */
type Name = 'upstream' | 'kind' | 'tool';

const states = {
  unapproved: 'nobody has approved its definition yet',
  drifted: 'its definition changed and nobody has approved the new one yet',
  withdrawn: 'its server offers it no more',
  starting: 'its server has not said yet that it offers it',
  unusable: 'its definition and its configuration do not fit',
} as const;

/** Where a person's approval is missing. */
const toApprove: ReadonlySet<ToolState> = new Set<ToolState>(['unapproved', 'drifted']);

/**
 * Says of every tool, prompt and template whether a subject's client lists it, and which policy, pin or schema hides it, or which
 * switch stops it.
 */
export function toolViews(
  { definitions, policies, stopping = () => null }: ToolViewParts,
  subject: Subject,
): readonly ToolEntry[] {
  return definitions.list().flatMap((listed): readonly ToolEntry[] => {
    const { upstream, kind, tool, problem } = listed;
    if (kind === 'instructions') return [];
    const name = { upstream, kind, tool };
    const state = problem !== null && toApprove.has(listed.state) ? 'unusable' : listed.state;
    if (state !== 'approved') return [{ ...name, ...byDefinition(state, problem) }];
    const target = { kind, name: tool };
    const view = byPolicy({ definitions, policies }, subject, { upstream, target });
    const off = view.shown === 'hidden' ? null : stopping(upstream, target);
    return [{ ...name, ...(off === null ? view : bySwitch(off)) }];
  });
}

function byDefinition(state: keyof typeof states, problem: string | null): Omit<ToolEntry, Name> {
  return { state, shown: 'hidden', by: 'definition', rules: [], detail: problem ?? states[state] };
}

function bySwitch({ what, name }: SwitchTarget): Omit<ToolEntry, Name> {
  const detail = what === 'tenant' ? `the tenant ${name} is suspended` : `${name} is switched off`;
  return { state: 'approved', shown: 'refused', by: 'switch', rules: [], detail };
}

function byPolicy(
  { definitions, policies }: Pick<ToolViewParts, 'definitions' | 'policies'>,
  subject: Subject,
  { upstream, target }: { readonly upstream: string; readonly target: Target },
): Omit<ToolEntry, Name> {
  const known = definitions.catalog.find(upstream, target);
  if (known === undefined) return byDefinition('starting', null);
  const state = 'approved';
  const { visibility, rules } = policies.explain(subject, known);
  const kind = `${known.effect}${known.destructive ? ', destructive' : ''}`;
  if (visibility === 'maybe') return { state, shown: 'visible', by: null, rules, detail: kind };
  if (visibility === 'confirm') return { state, shown: 'asks', by: 'policy', rules, detail: kind };
  const detail = rules.length === 0 ? `no policy permits it (${kind})` : kind;
  return { state, shown: 'hidden', by: 'policy', rules, detail };
}

/** `12 tools, 4 prompts, 3 hidden by policy, 2 not approved`, and what else hides some where something does. */
export function toolSummary(views: readonly ToolEntry[]): string {
  const hidden = views.filter(({ shown, by }) => shown === 'hidden' && by === 'policy').length;
  const counts = Map.groupBy(views, ({ state }) => (toApprove.has(state) ? 'unapproved' : state));
  const count = (state: ToolState): number => counts.get(state)?.length ?? 0;
  const others = elsewise.flatMap(([state, words]) => (count(state) === 0 ? [] : [`${count(state)} ${words}`]));
  const always = [`${hidden} hidden by policy`, `${count('unapproved')} not approved`];
  const kinds = Map.groupBy(views, ({ kind }) => kind);
  const beside = (['prompt', 'template'] as const).flatMap((kind) => {
    const found = kinds.get(kind);
    return found === undefined ? [] : [counted(found.length, kind)];
  });
  return [counted(kinds.get('tool')?.length ?? 0, 'tool'), ...beside, ...always, ...others].join(', ');
}

const elsewise: readonly (readonly [ToolState, string])[] = [
  ['starting', 'whose server has not answered yet'],
  ['withdrawn', 'offered no more'],
  ['unusable', 'that can’t be used'],
];
