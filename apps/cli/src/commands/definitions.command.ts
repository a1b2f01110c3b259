import { commandName } from '@sallyport/base';
import type { Command } from 'commander';
import type { AdminClient } from '../client/admin-client.ts';
import { bare } from '../client/references.ts';
import { type Context, remote, remoteCommand, type RemoteOptions } from '../context.ts';
import { exitCodes, Failure } from '../failure.ts';
import { confirm } from '../output/confirm.ts';
import { definitionDiff } from '../output/definition-diff.ts';
import { type Output, tinted } from '../output/output.ts';
import { printable } from '../output/printable.ts';
import type { AddCommand } from '../run.ts';

/** One pinned definition as the admin API shows it. */
interface Definition {
  readonly upstream: string;
  readonly tool: string;
  readonly state: string;
  readonly approved: unknown;
  readonly offered: unknown;
  readonly offeredDigest: string | null;
  readonly warnings: readonly string[];
  readonly problem: string | null;
  readonly leftOut: readonly string[];
  readonly note: string | null;
}

export type Waiting = Pick<Definition, 'upstream' | 'tool' | 'state' | 'problem' | 'offeredDigest' | 'leftOut'>;

interface ApproveOptions extends RemoteOptions {
  readonly all?: boolean;
  readonly yes?: boolean;
}

/** `definitions`: pinned tool definitions, their changes, and approving them. */
export const addDefinitions: AddCommand = (program, context, done) => {
  const definitions = program.command('definitions').description('pinned tool definitions and their changes');
  remoteCommand(definitions.command('list', { isDefault: true }))
    .description('every tool and where it stands')
    .action(async function listDefinitions(options: RemoteOptions) {
      const { client, output } = await remote(context, options);
      list(await fetchAll(client), output);
      done(exitCodes.ok);
    });
  remoteCommand(definitions.command('show <tool>'))
    .description('what changed in <upstream>/<tool>')
    .action(async function showDefinition(tool: string, options: RemoteOptions) {
      const { client, output } = await remote(context, options);
      const [found] = chosen(await fetchAll(client), tool);
      if (output.json) output.value(found);
      else if (found) show(found, output);
      done(exitCodes.ok);
    });
  addApprove(definitions, context, done);
};

function addApprove(definitions: Command, context: Context, done: (code: number) => void): void {
  remoteCommand(definitions.command('approve [tool]'))
    .description('accept what <upstream>/<tool> offers now, after showing it')
    .option('--all', 'every tool that waits')
    .option('-y, --yes', 'do not ask again; with --all, leaves out what has a warning')
    .action(async function approveDefinitions(tool: string | undefined, options: ApproveOptions) {
      if ((tool === undefined) === (options.all !== true)) {
        throw new Failure('usage', 'Name one tool as <upstream>/<tool>, or give --all.');
      }
      const { client, output } = await remote(context, options);
      const waiting =
        tool === undefined ? (await fetchAll(client)).filter(waits) : chosen(await fetchAll(client), tool);
      let refused = 0;
      for (const definition of waiting) {
        const isLeft = options.all && options.yes && definition.warnings.length > 0;
        refused += isLeft ? leave(definition, output) : await approve(definition, { client, output, context, options });
      }
      if (waiting.length === 0 && !output.json) output.line('Nothing waits.');
      done(refused === 0 ? exitCodes.ok : exitCodes.refused);
    });
}

interface Approving {
  readonly client: AdminClient;
  readonly output: Output;
  readonly context: Context;
  readonly options: ApproveOptions;
}

/** Approves exactly the copy that was shown; 1 when it was not approved. */
async function approve(definition: Definition, { client, output, context, options }: Approving): Promise<0 | 1> {
  const { upstream, tool, offeredDigest: digest } = definition;
  const name = `${upstream}/${tool}`;
  if (digest === null) throw new Failure('refused', `${name} is not offered now.`);
  if (definition.state === 'approved') return tellApproved(name, digest, definition, output);
  if (!output.json) show(definition, output);
  const asking = { input: context.stdin, stdout: context.stdout, output, yes: options.yes };
  if (!(await confirm(`Approve ${printable(name)}?`, asking))) return 1;
  const path = `/definitions/${encodeURIComponent(upstream)}/${encodeURIComponent(tool)}/approve`;
  await client.post(path, { digest });
  if (output.json) output.value({ upstream, tool, approved: digest, warnings: definition.warnings });
  else output.line(`${output.colour.green('approved')} ${printable(name)}`);
  return 0;
}

/** Nobody has looked at the warnings of what is approved all at once. */
function leave({ upstream, tool, warnings }: Definition, output: Output): 1 {
  const name = `${upstream}/${tool}`;
  const how = `Read it, then approve it by its name: ${commandName(process)} definitions approve ${printable(name)}`;
  const left = `${printable(name)}: ${warnings.map(printable).join('; ')}. ${how}`;
  if (output.json) {
    output.value({ upstream, tool, approved: null, warnings });
    output.note(`left ${left}`);
  } else output.line(`${output.colour.yellow('left')} ${left}`);
  return 1;
}

/** What is offered is what was approved: there is nothing to ask. */
function tellApproved(name: string, digest: string, { upstream, tool }: Definition, output: Output): 0 {
  if (output.json) output.value({ upstream, tool, approved: digest });
  else output.line(`${printable(name)} is approved as it is offered.`);
  return 0;
}

async function fetchAll(client: AdminClient): Promise<readonly Definition[]> {
  return (await client.get<{ definitions: readonly Definition[] }>('/definitions')).definitions;
}

function chosen(definitions: readonly Definition[], name: string): readonly Definition[] {
  const wanted = bare('definition', name);
  const found = definitions.filter(({ upstream, tool }) =>
    [`${upstream}/${tool}`, `${upstream}__${tool}`].includes(wanted),
  );
  if (found.length > 0) return found;
  throw new Failure('refused', `There is no tool ${name}.`, {
    hint: `List them with: ${commandName(process)} definitions`,
  });
}

/** True for a tool that is hidden until a person approves it. */
export function waits({ state, problem, offeredDigest }: Waiting): boolean {
  return (state === 'unapproved' || state === 'drifted') && problem === null && offeredDigest !== null;
}

function list(definitions: readonly Definition[], output: Output): void {
  if (output.json) return definitions.forEach((definition) => output.value(definition));
  if (definitions.length === 0) return output.line('No upstream has offered a tool yet.');
  const rows = definitions.map(({ upstream, tool, state, warnings, problem, leftOut, note }) => [
    printable(`${upstream}/${tool}`),
    tinted(state, output.colour),
    [problem, ...warnings, ...leftOut.map(notEnforced), note]
      .filter((text) => text !== null)
      .map(printable)
      .join('; '),
  ]);
  output.table(['tool', 'state', 'notes'], rows);
  if (definitions.some(waits))
    output.note(
      `Look at what waits with \`${commandName(process)} definitions show <upstream>/<tool>\`, then approve it.`,
    );
}

function show(definition: Definition, output: Output): void {
  const { upstream, tool, state, approved, offered, warnings, problem, leftOut, note } = definition;
  const { colour } = output;
  output.line(`${colour.bold(printable(`${upstream}/${tool}`))}  ${tinted(state, colour)}`);
  if (problem !== null) output.line(colour.red(printable(problem)));
  for (const warning of warnings) output.line(colour.yellow(`warning: ${printable(warning)}`));
  for (const place of leftOut) output.line(printable(notEnforced(place)));
  if (note !== null) output.line(printable(note));
  output.line(definitionDiff(approved, offered, output));
}

/** A keyword of a tool's schema that its upstream alone checks. */
export function notEnforced(place: string): string {
  return `not enforced: ${place}`;
}
