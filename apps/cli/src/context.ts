import { commandText, type PrintCommand } from '@sallyport/service/command';
import type { Command } from 'commander';
import { addressOf, type AddressOptions } from './client/address.ts';
import { type AdminClient, createAdminClient } from './client/admin-client.ts';
import { createOutput, type Output, type Streams } from './output/output.ts';

/** What commands get from the process. */
export interface Context extends Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

export interface RemoteOptions extends AddressOptions {
  readonly json?: boolean;
}

export interface Remote {
  /** Where it is. */
  readonly url: string;
  /** Whether somebody gave the token; else it is that of this machine's operator. */
  readonly isOwn: boolean;
  readonly client: AdminClient;
  readonly output: Output;
  /** Prints commands for the instance that was asked. */
  readonly command: PrintCommand;
}

/** Adds the options of every command that asks a running instance. */
export function remoteCommand(command: Command): Command {
  return command
    .option('--url <url>', 'where Sallyport is; else `listen` of the configuration')
    .option('--token <token>', 'a bearer token; else SALLYPORT_TOKEN, else the local operator’s')
    .option('-c, --config <file>', 'the configuration', 'sallyport.yaml')
    .option('--json', 'JSON instead of tables; the default when piped');
}

/** Sallyport that the options mean, and where to write. */
export async function remote(context: Context, options: RemoteOptions): Promise<Remote> {
  const { config, url, token } = options;
  const address = await addressOf(options, context.env);
  return {
    url: address.url,
    isOwn: address.isOwn,
    client: createAdminClient(address, context.signal),
    output: createOutput(context, options),
    command: (text, { ownToken = token !== undefined } = {}) => commandText(text, { config, url, ownToken }),
  };
}
