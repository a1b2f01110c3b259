import { remote, remoteCommand, type RemoteOptions } from '../context.ts';
import { exitCodes } from '../failure.ts';
import type { Output } from '../output/output.ts';
import { printable } from '../output/printable.ts';
import type { AddCommand } from '../run.ts';

/** A user's sign-in at an upstream, as the admin API shows it. */
interface Connection {
  readonly tenant: string;
  readonly upstream: string;
  readonly subject: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly since: string | null;
  readonly until: string | null;
  readonly renewed: boolean;
}

interface ListOptions extends RemoteOptions {
  readonly tenant?: string;
}

interface RemoveOptions extends ListOptions {
  readonly subject: string;
  readonly issuer?: string;
}

/** `connections`: users' sign-ins at upstreams. */
export const addConnections: AddCommand = (program, context, done) => {
  const connections = program.command('connections').description('who has signed in at which upstream');
  remoteCommand(connections.command('list', { isDefault: true }))
    .description('users’ sign-ins at upstreams, without tokens')
    .option('--tenant <tenant>', 'only this tenant')
    .action(async function listConnections({ tenant, ...options }: ListOptions) {
      const { client, output } = await remote(context, options);
      list((await client.get<{ connections: readonly Connection[] }>('/connections', { tenant })).connections, output);
      done(exitCodes.ok);
    });
  remoteCommand(connections.command('remove'))
    .description('remove a user’s sign-in, and revoke the tokens where that is offered')
    .argument('<upstream>', 'where they signed in')
    .requiredOption('--subject <subject>', 'the id at the issuer, or the pseudonym `sub_…`')
    .option('--issuer <issuer>', 'where people of several issuers have this id')
    .option('--tenant <tenant>', 'whose person it is, where there are several tenants')
    .action(async function remove(upstream: string, { subject, issuer, tenant, ...options }: RemoveOptions) {
      const { client, output } = await remote(context, options);
      const path = `/connections/${encodeURIComponent(upstream)}/${encodeURIComponent(subject)}`;
      const removed = await client.delete<object>(path, { issuer, tenant });
      if (output.json) output.value(removed);
      else output.line(`The sign-in of ${printable(subject)} at ${printable(upstream)} is removed.`);
      done(exitCodes.ok);
    });
};

function list(connections: readonly Connection[], output: Output): void {
  if (output.json) return connections.forEach((one) => output.value(one));
  if (connections.length === 0) return output.line('Nobody has signed in at an upstream.');
  const rows = connections.map(({ tenant, upstream, name, scopes, since, until, renewed }) => [
    printable(upstream),
    printable(name),
    printable(tenant),
    printable(scopes.join(' ')),
    since?.replace(/\.\d+/, '') ?? '',
    renewed ? 'renewed' : (until?.replace(/\.\d+/, '') ?? ''),
  ]);
  output.table(['upstream', 'who', 'tenant', 'scopes', 'since', 'until'], rows);
}
