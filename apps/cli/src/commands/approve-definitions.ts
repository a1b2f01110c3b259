import { shellWord } from '@sallyport/service/command';
import {
  type Definition,
  definitionCount,
  definitionsNamed,
  fetchDefinitions,
  isUnapproved,
  listHint,
  nameOf,
  waits,
} from '../client/definition.ts';
import type { Context, Remote } from '../context.ts';
import { Failure } from '../failure.ts';
import { confirm } from '../output/confirm.ts';
import { showDefinition, showSummary, waitingOf, type Waiting } from '../output/definition-summary.ts';
import type { Output } from '../output/output.ts';
import { printable } from '../output/printable.ts';

export interface Approving extends Omit<Remote, 'url' | 'isOwn'> {
  readonly context: Context;
  readonly options: { readonly yes?: boolean; readonly diff?: boolean };
}

/** Approves each definition `<upstream>/<name>` after showing it; resolves with how many were left. */
export async function approveNamed(name: string, approving: Approving): Promise<number> {
  const named = definitionsNamed(await fetchDefinitions(approving.client), name, approving.command);
  const offered = named.filter(({ offeredDigest }) => offeredDigest !== null);
  if (offered.length === 0) throw new Failure('refused', `${name} is not offered now.`);
  let left = 0;
  for (const definition of offered) left += await approveOne(definition, approving);
  return left;
}

async function approveOne(definition: Definition, approving: Approving): Promise<number> {
  const { upstream, kind, tool, state, offeredDigest: approved, warnings } = definition;
  const { output } = approving;
  if (state !== 'approved') return askAlone(definition, approving);
  if (output.json) output.value({ upstream, kind, tool, approved, warnings });
  else output.line(`${printable(nameOf(definition))} is approved as it is offered.`);
  return 0;
}

/** Approves what waits, a server at a time; `only` that server, or each. Resolves with how many were left. */
export async function approveServers(only: string | undefined, approving: Approving): Promise<number> {
  const definitions = await fetchDefinitions(approving.client);
  const known = definitions.filter(({ upstream }) => only === undefined || upstream === only);
  if (only !== undefined && known.length === 0)
    throw new Failure('refused', `No server ${only} has offered anything.`, { hint: listHint(approving.command) });
  const servers = Map.groupBy(known.filter(isUnapproved), ({ upstream }) => upstream);
  if (!known.some(waits) && !approving.output.json) approving.output.line('Nothing waits.');
  let left = 0;
  for (const [upstream, waiting] of servers) left += await approveServer(waitingOf(upstream, waiting), approving);
  return left;
}

/** One question for what has no warning; what has one is asked by itself, and `--yes` leaves it. */
async function approveServer(waiting: Waiting, approving: Approving): Promise<number> {
  const { output, options } = approving;
  if (!output.json) showSummary(waiting, output);
  let left = await askTogether(waiting, approving);
  for (const definition of waiting.warned)
    left += options.yes ? leaveWarned(definition, approving) : await askAlone(definition, approving);
  // Told, and not counted: what nobody can approve is not left for anybody.
  for (const definition of waiting.unusable)
    leave(definition, `can't be approved: ${definition.problem ?? ''}`, output);
  return left;
}

async function askTogether({ upstream, plain }: Waiting, approving: Approving): Promise<number> {
  const { output, options } = approving;
  const showAll = (): void => plain.forEach((definition) => showDefinition(definition, output));
  if (plain.length === 0) return 0;
  if (options.diff && !output.json) showAll();
  const question = `Approve ${definitionCount(plain)} of ${printable(upstream)}?`;
  if (!(await confirm(question, { ...asking(approving), details: showAll }))) return plain.length;
  const left = new Set<Definition>();
  for (const definition of plain) if ((await send(definition, approving)) > 0) left.add(definition);
  tellApproved(`${definitionCount(plain.filter((definition) => !left.has(definition)))} of ${upstream}`, output);
  return left.size;
}

async function askAlone(definition: Definition, approving: Approving): Promise<number> {
  if (!approving.output.json) showDefinition(definition, approving.output);
  const agreed = await confirm(`Approve ${printable(nameOf(definition))}?`, asking(approving));
  const left = agreed ? await send(definition, approving) : 1;
  if (left === 0) tellApproved(nameOf(definition), approving.output);
  return left;
}

function asking({ context, output, options }: Approving) {
  return { input: context.stdin, stdout: context.stdout, output, yes: options.yes };
}

/** What the instance refuses about one definition: it is offered no more, changed since, or can't be used. */
const aboutOne: readonly (number | null)[] = [404, 409, 422];

/** Approves exactly the copy that was shown; 1 when it was not approved, which is said. */
async function send(definition: Definition, { client, output }: Approving): Promise<number> {
  const { upstream, kind, tool, offeredDigest: digest, warnings } = definition;
  const path = `/definitions/${encodeURIComponent(upstream)}/${encodeURIComponent(tool)}/approve`;
  try {
    await client.post(path, { kind, digest });
  } catch (error) {
    if (!(error instanceof Failure && aboutOne.includes(error.status))) throw error;
    return leave(definition, error.message, output);
  }
  if (output.json) output.value({ upstream, kind, tool, approved: digest, warnings });
  return 0;
}

function tellApproved(what: string, output: Output): void {
  if (!output.json) output.line(`${output.colour.green('approved')} ${printable(what)}`);
}

/** Nobody has looked at the warnings of what is approved all at once. */
function leaveWarned(definition: Definition, { output, command }: Approving): number {
  const approve = command(`definitions approve ${shellWord(nameOf(definition))}`);
  const how = `Read it, then approve it by its name: ${approve}`;
  return leave(definition, `${definition.warnings.join('; ')}. ${how}`, output);
}

function leave(definition: Definition, why: string, output: Output): 1 {
  const { upstream, kind, tool, warnings } = definition;
  const left = `${printable(nameOf(definition))}: ${printable(why)}`;
  if (output.json) {
    output.value({ upstream, kind, tool, approved: null, warnings, why });
    output.note(`left ${left}`);
  } else output.line(`${output.colour.yellow('left')} ${left}`);
  return 1;
}
