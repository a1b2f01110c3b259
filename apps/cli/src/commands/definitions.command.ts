import type { PrintCommand } from '@sallyport/service/command';
import type { Command } from 'commander';
import {
  type Definition,
  definitionsNamed,
  fetchDefinitions,
  nameOf,
  notEnforced,
  waits,
} from '../client/definition.ts';
import { type Context, remote, remoteCommand, type RemoteOptions } from '../context.ts';
import { exitCodes, Failure } from '../failure.ts';
import { showDefinition } from '../output/definition-summary.ts';
import { type Output, tinted } from '../output/output.ts';
import { printable } from '../output/printable.ts';
import type { AddCommand } from '../run.ts';
import { approveNamed, approveServers } from './approve-definitions.ts';

interface ApproveOptions extends RemoteOptions {
  readonly all?: boolean;
  readonly yes?: boolean;
  readonly diff?: boolean;
}

/** `definitions`: pinned definitions, their changes, and approving them. */
export const addDefinitions: AddCommand = (program, context, done) => {
  const definitions = program
    .command('definitions')
    .description('pinned definitions of tools, prompts and templates, and their changes');
  remoteCommand(definitions.command('list', { isDefault: true }))
    .description('every definition and where it stands')
    .action(async function listDefinitions(options: RemoteOptions) {
      const { client, output, command } = await remote(context, options);
      list(await fetchDefinitions(client), output, command);
      done(exitCodes.ok);
    });
  remoteCommand(definitions.command('show <name>'))
    .description('what changed in <upstream>/<name>')
    .action(async function showOne(name: string, options: RemoteOptions) {
      const { client, output, command } = await remote(context, options);
      for (const found of definitionsNamed(await fetchDefinitions(client), name, command))
        if (output.json) output.value(found);
        else showDefinition(found, output);
      done(exitCodes.ok);
    });
  addApprove(definitions, context, done);
};

function addApprove(definitions: Command, context: Context, done: (code: number) => void): void {
  remoteCommand(definitions.command('approve [what]'))
    .description('accept what <upstream>, <upstream>/<name> or every server offers now, after showing it')
    .option('--all', 'every server; needed with --yes where nothing is named')
    .option('--diff', 'show each difference before the question, and not only a summary')
    .option('-y, --yes', 'do not ask again; leaves out what has a warning, unless it is named as <upstream>/<name>')
    .action(async function approveDefinitions(what: string | undefined, options: ApproveOptions) {
      if (what === undefined ? options.yes && !options.all : options.all)
        throw new Failure('usage', 'Name a server, or a definition as <upstream>/<name>, or else give --all.');
      const approving = { ...(await remote(context, options)), context, options };
      const left = await (isName(what) ? approveNamed(what, approving) : approveServers(what, approving));
      done(left === 0 ? exitCodes.ok : exitCodes.refused);
    });
}

/** The id of a server has no slash and no underscore. */
function isName(what: string | undefined): what is string {
  return what !== undefined && /[/_]/.test(what);
}

function list(definitions: readonly Definition[], output: Output, command: PrintCommand): void {
  if (output.json) return definitions.forEach((definition) => output.value(definition));
  if (definitions.length === 0) return output.line('No upstream has offered anything yet.');
  const rows = definitions.map(({ state, warnings, problem, leftOut, note, ...of }) => [
    printable(nameOf(of)),
    of.kind,
    tinted(state, output.colour),
    [problem, ...warnings, ...leftOut.map(notEnforced), note]
      .filter((text) => text !== null)
      .map(printable)
      .join('; '),
  ]);
  output.table(['definition', 'kind', 'state', 'notes'], rows);
  if (definitions.some(waits))
    output.note(`Approve what waits, a server at a time, after a summary of it: ${command('definitions approve')}`);
}
