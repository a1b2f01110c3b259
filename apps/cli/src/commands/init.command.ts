import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { commandText } from '@sallyport/service/command';
import { type Context } from '../context.ts';
import { exitCodes, Failure } from '../failure.ts';
import { applyEntry, requireNoBackup, undoEntry } from '../init/apply.ts';
import { readClientFile, type ServerList } from '../init/client-file.ts';
import { type ClientServer, clientServers } from '../init/client-servers.ts';
import { clientOf, type Connection, entryAt } from '../init/clients.ts';
import { createSecretStore, SECRETS_FILE } from '../init/secret-store.ts';
import { configText, policyText, usersText } from '../init/starter-files.ts';
import { type Entries, upstreamEntries } from '../init/upstream-entries.ts';
import { exists, type NewFile, type Started, startedWith, textOf, writeAll } from '../init/written-files.ts';
import { createOutput, type Output } from '../output/output.ts';
import { printable } from '../output/printable.ts';
import type { AddCommand } from '../run.ts';

interface InitOptions {
  readonly force?: boolean;
  readonly json?: boolean;
  readonly apply?: boolean;
  readonly undo?: boolean;
  readonly stdio?: boolean;
}

/** `init`: from a client's file to a configuration that guards its servers. */
export const addInit: AddCommand = (program, context, done) => {
  program
    .command('init <file>')
    .description('read the servers of a client’s file and write sallyport.yaml here')
    .option(
      '--apply',
      'write the new entry into the client’s file, after a backup; what was written here before is kept',
    )
    .option('--undo', 'put the servers back into the client’s file as they were before --apply')
    .option('--stdio', 'an entry that starts a program, also for a client that can do HTTP')
    .option('--force', 'overwrite files that are there')
    .option('--json', 'print only the client’s new entry; the default when piped')
    .action(async function init(given: string, options: InitOptions) {
      const file = resolve(context.cwd, given);
      const output = createOutput(context, options);
      if (options.undo) await undoEntry(file, output);
      else await initiate({ given, file, context, options, output });
      done(exitCodes.ok);
    });
};

interface Initiating {
  readonly given: string;
  readonly file: string;
  readonly context: Context;
  readonly options: InitOptions;
  readonly output: Output;
}

async function initiate(initiating: Initiating): Promise<void> {
  const { given, file, context, options, output } = initiating;
  const text = await textOf(file);
  const answer = readClientFile(text, file, homedir());
  if (!answer.ok) throw new Failure('usage', `${given} can't be used: ${answer.message}.`);
  const { servers, leftOut } = clientServers(answer.lists);
  if (servers.length === 0)
    throw new Failure('usage', `${given} can't be used: it names no server to guard. ${leftOut.join(' ')}`);
  if (options.apply) await requireNoBackup(file);
  const started = await startOf(servers, leftOut, initiating);
  const [{ place }] = answer.lists as [ServerList];
  const client = clientOf(file, place);
  const form = (!options.stdio && client.http) || client.stdio;
  const entry = form(connectionTo(started, context.cwd));
  if (options.apply) await applyEntry({ file, text, edit: { place, entry, gone: servers } }, output);
  tell({ entry: entryAt(place, entry), client: client.name, applied: options.apply === true }, output);
}

/** Writes the configuration; with `--apply` one that an earlier `init` wrote is kept. */
async function startOf(
  servers: readonly ClientServer[],
  leftOut: readonly string[],
  { file, context, options, output }: Initiating,
): Promise<Started> {
  const { cwd, env } = context;
  const secrets = createSecretStore();
  const entries = upstreamEntries(servers, secrets, {
    environment: env,
    home: homedir(),
    from: dirname(file),
    here: cwd,
  });
  if (options.apply && !options.force && (await exists(join(cwd, 'sallyport.yaml'))))
    return startedWith(cwd, Object.keys(entries.upstreams));
  const started = await writeFiles({ entries, secrets: secrets.text() }, { context, options, output });
  for (const line of [...leftOut, ...entries.warnings]) output.note(`look at ${printable(line)}`);
  return started;
}

async function writeFiles(
  { entries, secrets }: { readonly entries: Entries; readonly secrets: string | null },
  { context, options, output }: Pick<Initiating, 'context' | 'options' | 'output'>,
): Promise<Started> {
  const token = randomBytes(24).toString('base64url');
  const files: NewFile[] = [
    { path: 'sallyport.yaml', text: configText(entries, commandText('definitions approve')), secret: false },
    { path: 'users.yaml', text: usersText(token), secret: true },
    { path: join('policies', 'start.cedar'), text: policyText(entries), secret: false },
    ...(secrets === null ? [] : [{ path: SECRETS_FILE, text: secrets, secret: true }]),
  ];
  await writeAll(files, context.cwd, options);
  for (const { path, secret } of files) output.note(`wrote ${path}${secret ? ' (for your eyes only)' : ''}`);
  return { listen: '127.0.0.1:8787', token };
}

function connectionTo({ listen, token }: Started, cwd: string): Connection {
  const args = [...process.execArgv, process.argv[1] ?? '', 'stdio', '--config', join(cwd, 'sallyport.yaml')];
  return { url: `http://${listen}`, token, program: { command: process.execPath, args } };
}

interface Told {
  readonly entry: object;
  readonly client: string;
  readonly applied: boolean;
}

function tell({ entry, client, applied }: Told, output: Output): void {
  if (output.json) return output.value(entry);
  const { bold } = output.colour;
  const head = applied
    ? `This is the entry of ${client} now:`
    : `Put this in the place of ${client}’s entries, or give --apply:`;
  output.line(`\n${bold(head)}\n`);
  output.line(JSON.stringify(entry, null, 2));
  output.line(
    `\nThen: ${bold(commandText('serve'))}, and accept the tools with ${bold(commandText('definitions approve'))}`,
  );
}
