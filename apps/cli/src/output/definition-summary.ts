import { type Definition, definitionCount, doesOf, nameOf, notEnforced } from '../client/definition.ts';
import { changedMembers, definitionDiff } from './definition-diff.ts';
import { type Output, tinted } from './output.ts';
import { printable } from './printable.ts';

/** What of a server waits for a person. */
export interface Waiting {
  readonly upstream: string;
  /** What one question is about. */
  readonly plain: readonly Definition[];
  /** What is asked one by one. */
  readonly warned: readonly Definition[];
  /** What nobody can approve as it is configured. */
  readonly unusable: readonly Definition[];
}

/** Sorts what waits of one server. */
export function waitingOf(upstream: string, definitions: readonly Definition[]): Waiting {
  const usable = definitions.filter(({ problem }) => problem === null);
  return {
    upstream,
    plain: usable.filter(({ warnings }) => warnings.length === 0),
    warned: usable.filter(({ warnings }) => warnings.length > 0),
    unusable: definitions.filter(({ problem }) => problem !== null),
  };
}

const mostNamed = 20;

/** Shows what waits of a server in a few lines: how many are new, what changed, what they do, what needs a look of its own. */
export function showSummary({ upstream, plain, warned, unusable }: Waiting, output: Output): void {
  const { bold, yellow, red } = output.colour;
  const all = [...plain, ...warned];
  const waits = all.length === 1 ? 'waits' : 'wait';
  if (all.length > 0) output.line(bold(`${printable(upstream)}: ${definitionCount(all)} ${waits} for approval`));
  const tell = (rows: readonly Row[], tint = (label: string): string => label): void =>
    rows.forEach(([label, text]) => output.line(`  ${tint(label.padEnd(16))}${printable(text)}`));
  tell([...changesOf(plain), ...doingsOf(plain)]);
  tell(plain.filter(({ kind }) => kind === 'instructions').map(saidBy));
  tell(plain.flatMap(({ tool, leftOut }) => leftOut.map((place) => ['not enforced', `${tool}: ${place}`] as const)));
  tell(plain.flatMap(({ tool, note }) => (note === null ? [] : [['note', `${tool}: ${note}`] as const])));
  tell(
    warned.map(({ tool, warnings }) => ['with a warning', `${tool}: ${warnings.join('; ')}`]),
    yellow,
  );
  tell(
    unusable.map(({ tool, problem }) => ['not usable', `${tool}: ${problem ?? ''}`]),
    red,
  );
}

/** A line of the summary: what it is about, and its text, not yet fit for a terminal. */
type Row = readonly [label: string, text: string];

function changesOf(plain: readonly Definition[]): Row[] {
  const changed = plain.filter(({ approved }) => approved !== null);
  const rows: Row[] = [
    ['new', `${plain.length - changed.length}`],
    ['changed', `${changed.length}: ${named(changed, changeOf)}`],
  ];
  return rows.filter(([, text]) => !text.startsWith('0'));
}

function doingsOf(plain: readonly Definition[]): Row[] {
  const groups = Map.groupBy(plain.filter(isTool), doesOf);
  const does = (['reads', 'writes', 'may destroy'] as const).map((label): Row => listOf(label, groups.get(label)));
  const others = (['prompt', 'template'] as const).map((kind): Row =>
    listOf(
      `${kind}s`,
      plain.filter((definition) => definition.kind === kind),
    ),
  );
  return [...does, ...others].filter(([, text]) => !text.startsWith('0'));
}

function listOf(label: string, found: readonly Definition[] = []): Row {
  return [label, `${found.length}: ${named(found, ({ tool }) => tool)}`];
}

/** What stands beside the name of a definition that is no tool. */
const shownAs: Partial<Record<Definition['kind'], string>> = {
  prompt: 'a prompt',
  template: 'a template of resources',
  instructions: 'a text for models',
};

/** Shows one definition whole, as a difference to what was approved. */
export function showDefinition(definition: Definition, output: Output): void {
  const { state, approved, offered, warnings, problem, leftOut, note } = definition;
  const { colour } = output;
  const does = shownAs[definition.kind] ?? doesOf(definition);
  output.line(`${colour.bold(printable(nameOf(definition)))}  ${tinted(state, colour)}  ${does}`);
  if (problem !== null) output.line(colour.red(printable(problem)));
  for (const warning of warnings) output.line(colour.yellow(`warning: ${printable(warning)}`));
  for (const place of leftOut) output.line(printable(notEnforced(place)));
  if (note !== null) output.line(printable(note));
  output.line(definitionDiff(approved, offered, output));
}

function isTool({ kind }: Definition): boolean {
  return kind === 'tool';
}

const mostSaid = 200;

/** The beginning of what the server tells clients of itself. */
function saidBy({ offered }: Definition): Row {
  const text = JSON.stringify((offered as { readonly instructions?: unknown } | null)?.instructions ?? '');
  return ['instructions', text.length > mostSaid ? `${text.slice(0, mostSaid)}…` : text];
}

function changeOf({ tool, approved, offered }: Definition): string {
  return `${tool} (${changedMembers(approved, offered).join(', ')})`;
}

function named(definitions: readonly Definition[], name: (definition: Definition) => string): string {
  const more = definitions.length - mostNamed;
  const shown = definitions.slice(0, mostNamed).map(name).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}
