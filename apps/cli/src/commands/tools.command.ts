import type { PrintCommand } from '@sallyport/service/command';
import { remote, remoteCommand, type RemoteOptions } from '../context.ts';
import { exitCodes } from '../failure.ts';
import { type Output, tinted } from '../output/output.ts';
import { printable } from '../output/printable.ts';
import type { AddCommand } from '../run.ts';

/** One tool, prompt or template as the admin API tells it. */
interface ToolEntry {
  readonly upstream: string;
  readonly kind: 'tool' | 'prompt' | 'template';
  readonly tool: string;
  readonly shown: 'visible' | 'asks' | 'refused' | 'hidden';
  readonly by: 'policy' | 'switch' | 'definition' | null;
  readonly rules: readonly string[];
  readonly detail: string;
}

interface ToolsOptions extends RemoteOptions {
  readonly as: string;
  readonly roles?: string;
  readonly tenant?: string;
}

/** `tools`: what a user's client lists, and what hides the rest. */
export const addTools: AddCommand = (program, context, done) => {
  remoteCommand(program.command('tools'))
    .description(
      'every tool, prompt and template as a user has it: visible, or the policy, pin or schema that hides it',
    )
    .requiredOption('--as <user>', 'a user of users.yaml, or anybody with --roles')
    .option('--roles <roles>', 'roles of somebody who is not in users.yaml, with commas between them')
    .option('--tenant <tenant>', 'where users of several tenants have this name')
    .action(async function tools({ as, roles, tenant, ...options }: ToolsOptions) {
      const { client, output, command } = await remote(context, options);
      const { tools } = await client.get<{ tools: readonly ToolEntry[] }>('/tools', { as, roles, tenant });
      if (output.json) tools.forEach((tool) => output.value(tool));
      else tabulate(tools, output, command);
      done(exitCodes.ok);
    });
};

function tabulate(tools: readonly ToolEntry[], output: Output, command: PrintCommand): void {
  if (tools.length === 0) return output.line('No upstream has offered anything yet.');
  const rows = tools.map(({ upstream, kind, tool, shown, by, rules, detail }) => [
    printable(`${upstream}/${tool}`),
    kind,
    tinted(shown, output.colour),
    by ?? '',
    rules.map(printable).join(', '),
    printable(detail),
  ]);
  output.table(['name', 'kind', 'for the user', 'by', 'policies', 'more'], rows);
  if (tools.some(({ by }) => by === 'definition'))
    output.note(`What is hidden by its definition: \`${command('definitions')}\``);
  if (tools.some(({ by }) => by === 'switch')) output.note(`What is switched off: \`${command('switch')}\``);
}
