import { type Policies, type Subject, type SwitchTarget, type ToolState, toolTarget } from '@sallyport/contracts';
import type { Definitions } from '@sallyport/definitions';
import type { ToolEntry } from '@sallyport/endpoint-admin';
import { counted } from '@sallyport/base';

export interface ToolViewParts {
  readonly definitions: Pick<Definitions, 'list' | 'catalog'>;
  readonly policies: Pick<Policies, 'explain'>;
  /** The switch that stops the subject's calls of a tool; null when none does. */
  stopping?(upstream: string, tool: string): SwitchTarget | null;
}

type Listed = ReturnType<Definitions['list']>[number];

const states = {
  unapproved: 'nobody has approved its definition yet',
  drifted: 'its definition changed and nobody has approved the new one yet',
  withdrawn: 'its server offers it no more',
  starting: 'its server has not said yet that it offers it',
  unusable: 'its definition and its configuration do not fit',
} as const;

/** Where a person's approval is missing. */
const toApprove: ReadonlySet<ToolState> = new Set<ToolState>(['unapproved', 'drifted']);

/** Says of every tool whether a subject's client lists it, and which policy, pin or schema hides it, or which switch stops it. */
export function toolViews(
  { definitions, policies, stopping = () => null }: ToolViewParts,
  subject: Subject,
): readonly ToolEntry[] {
  const tools = definitions.list().filter(({ kind }) => kind === 'tool');
  return tools.map((listed) => {
    const { upstream, tool, problem } = listed;
    const state = problem !== null && toApprove.has(listed.state) ? 'unusable' : listed.state;
    if (state !== 'approved') return { upstream, tool, ...byDefinition(state, problem) };
    const view = byPolicy({ definitions, policies }, subject, listed);
    const off = view.shown === 'hidden' ? null : stopping(upstream, tool);
    return { upstream, tool, ...(off === null ? view : bySwitch(off)) };
  });
}

function byDefinition(state: keyof typeof states, problem: string | null): Omit<ToolEntry, 'upstream' | 'tool'> {
  return { state, shown: 'hidden', by: 'definition', rules: [], detail: problem ?? states[state] };
}

function bySwitch({ what, name }: SwitchTarget): Omit<ToolEntry, 'upstream' | 'tool'> {
  const detail = what === 'tenant' ? `the tenant ${name} is suspended` : `${name} is switched off`;
  return { state: 'approved', shown: 'refused', by: 'switch', rules: [], detail };
}

function byPolicy(
  { definitions, policies }: Pick<ToolViewParts, 'definitions' | 'policies'>,
  subject: Subject,
  { upstream, tool }: Listed,
): Omit<ToolEntry, 'upstream' | 'tool'> {
  const known = definitions.catalog.find(upstream, toolTarget(tool));
  if (known === undefined) return byDefinition('starting', null);
  const state = 'approved';
  const { visibility, rules } = policies.explain(subject, known);
  const kind = `${known.effect}${known.destructive ? ', destructive' : ''}`;
  if (visibility === 'maybe') return { state, shown: 'visible', by: null, rules, detail: kind };
  if (visibility === 'confirm') return { state, shown: 'asks', by: 'policy', rules, detail: kind };
  const detail = rules.length === 0 ? `no policy permits it (${kind})` : kind;
  return { state, shown: 'hidden', by: 'policy', rules, detail };
}

/** `12 tools, 3 hidden by policy, 2 not approved`, and what else hides tools where something does. */
export function toolSummary(views: readonly ToolEntry[]): string {
  const hidden = views.filter(({ shown, by }) => shown === 'hidden' && by === 'policy').length;
  const counts = Map.groupBy(views, ({ state }) => (toApprove.has(state) ? 'unapproved' : state));
  const count = (state: ToolState): number => counts.get(state)?.length ?? 0;
  const others = elsewise.flatMap(([state, words]) => (count(state) === 0 ? [] : [`${count(state)} ${words}`]));
  const always = [`${hidden} hidden by policy`, `${count('unapproved')} not approved`];
  return [counted(views.length, 'tool'), ...always, ...others].join(', ');
}

const elsewise: readonly (readonly [ToolState, string])[] = [
  ['starting', 'whose server has not answered yet'],
  ['withdrawn', 'offered no more'],
  ['unusable', 'that can’t be used'],
];
