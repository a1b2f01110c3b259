import { Argument, type Command } from 'commander';
import { type Context, type Remote, remote, remoteCommand, type RemoteOptions } from '../context.ts';
import { exitCodes } from '../failure.ts';
import { type Output, tinted } from '../output/output.ts';
import { printable } from '../output/printable.ts';
import type { AddCommand } from '../run.ts';

/** A switch that is thrown, as the admin API shows it. */
interface Thrown {
  readonly what: string;
  readonly name: string;
  /** The tenant whose calls it stops; null for all. */
  readonly of: string | null;
  readonly reason: string | null;
  readonly since: string;
}

interface SwitchState extends Pick<Thrown, 'what' | 'name' | 'of'> {
  readonly off: boolean;
  readonly changed: boolean;
  readonly known: boolean;
}

interface TurnOptions extends RemoteOptions {
  readonly of?: string;
  readonly reason?: string;
}

/** `switch`: kill switches for tenants, tools and agents. */
export const addSwitch: AddCommand = (program, context, done) => {
  const switches = program.command('switch').description('switch a tenant, a tool or an agent off and on again');
  remoteCommand(switches.command('list', { isDefault: true }))
    .description('what is switched off')
    .action(async function listSwitches(options: RemoteOptions) {
      const { client, output } = await remote(context, options);
      list((await client.get<{ switches: readonly Thrown[] }>('/switches')).switches, output);
      done(exitCodes.ok);
    });
  addTurn(switches, context, { verb: 'off', done });
  addTurn(switches, context, { verb: 'on', done });
};

interface TurnCommand {
  readonly verb: 'off' | 'on';
  readonly done: (code: number) => void;
}

function addTurn(switches: Command, context: Context, { verb, done }: TurnCommand): void {
  remoteCommand(switches.command(`${verb}`))
    .description(verb === 'off' ? 'refuse all calls of it, within a second' : 'let its calls through again')
    .addArgument(new Argument('<what>', 'what to switch').choices(['tenant', 'tool', 'agent']))
    .argument('<name>', 'a tenant, `<upstream>/<tool>` or `<upstream>/*`, or an agent’s client id')
    .option('--of <tenant>', 'a tool or an agent for this tenant alone')
    .option('--reason <code>', 'why, as a snake_case code, for the record')
    .action(async function turn(what: string, name: string, options: TurnOptions) {
      const { client, ...to } = await remote(context, options);
      const path = `/switches/${what}/${encodeURIComponent(name)}`;
      const query = { of: options.of, reason: options.reason };
      told(await (verb === 'off' ? client.put<SwitchState>(path, query) : client.delete<SwitchState>(path, query)), to);
      done(exitCodes.ok);
    });
}

function told(state: SwitchState, { output, command }: Omit<Remote, 'client'>): void {
  const { what, name, of, off, changed, known } = state;
  if (output.json) output.value(state);
  else {
    const whose = of === null ? '' : ` for ${printable(of)}`;
    const still = changed ? '' : ' already';
    output.line(`${what} ${printable(name)} is ${tinted(off ? 'off' : 'on', output.colour)}${whose}${still}.`);
  }
  if (!known)
    output.note(`No upstream offers ${printable(name)} now: is it spelt like this? See: ${command('definitions')}`);
}

function list(switches: readonly Thrown[], output: Output): void {
  if (output.json) return switches.forEach((one) => output.value(one));
  if (switches.length === 0) return output.line('Nothing is switched off.');
  const rows = switches.map(({ what, name, of, reason, since }) => [
    what,
    printable(name),
    printable(of ?? 'all'),
    printable(reason ?? ''),
    since.replace(/\.\d+/, ''),
  ]);
  output.table(['off', 'name', 'for', 'reason', 'since'], rows);
}
