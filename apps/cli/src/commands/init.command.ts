import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { commandText, npxOf, packageWord, shellWord, tarballOf } from '@sallyport/service/command';
import { type Context } from '../context.ts';
import { exitCodes, Failure } from '../failure.ts';
import { applyEntry, backupOf, requireNoBackup, undoEntry } from '../init/apply.ts';
import { readClientFile, type ServerList } from '../init/client-file.ts';
import { clientServers } from '../init/client-servers.ts';
import { clientOf, type Connection, entryAt } from '../init/clients.ts';
import { freePort } from '../init/free-port.ts';
import { ownFolder } from '../init/own-folder.ts';
import { createSecretStore, SECRETS_FILE } from '../init/secret-store.ts';
import { type ServedFolder, servedBy, servedFolders } from '../init/served-folders.ts';
import { configText, policyText, usersText } from '../init/starter-files.ts';
import { type Entries, upstreamEntries } from '../init/upstream-entries.ts';
import { earlier, exists, type NewFile, type Started, startedWith, textOf, writeAll } from '../init/written-files.ts';
import { createOutput, type Output } from '../output/output.ts';
import { printable } from '../output/printable.ts';
import type { AddCommand } from '../run.ts';

interface InitOptions {
  readonly force?: boolean;
  readonly json?: boolean;
  readonly apply?: boolean;
  readonly undo?: boolean;
  readonly stdio?: boolean;
  readonly directory?: string;
}

/** Where Sallyport listens, unless something else does already. */
const PORT = 8787;

/** `init`: from a client's file to a configuration that guards its servers. */
export const addInit: AddCommand = (program, context, done) => {
  program
    .command('init <file>')
    .description('read the servers of a client’s file and write sallyport.yaml')
    .option(
      '--apply',
      'write the new entry into the client’s file, after a backup; what was written here before is kept',
    )
    .option('--undo', 'put the servers back into the client’s file as they were before --apply')
    .option('--stdio', 'an entry that starts a program, also for a client that can do HTTP')
    .option('--directory <folder>', 'where to write; else here, or outside of what the servers serve')
    .option('--force', 'overwrite files that are there, after a backup; an address and a token that are there are kept')
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

async function initiate({ given, file, context, options, output }: Initiating): Promise<void> {
  const text = await textOf(file);
  const answer = readClientFile(text, file, homedir());
  if (!answer.ok) throw new Failure('usage', `${given} can't be used: ${answer.message}.`);
  const { servers, leftOut } = clientServers(answer.lists);
  if (servers.length === 0)
    throw new Failure('usage', `${given} can't be used: it names no server to guard. ${leftOut.join(' ')}`);
  if (options.apply) await requireNoBackup(file);
  const [{ place, folder }] = answer.lists as [ServerList];
  const { cwd: started, env: environment } = context;
  const places = { environment, home: homedir(), from: dirname(file), started };
  const served = servedFolders(servers, places);
  const asked = { served, directory: options.directory, started, workspace: folder ?? started, file };
  const here = await ownFolder(asked, output);
  const config = here === started ? undefined : join(here, 'sallyport.yaml');
  const secrets = createSecretStore();
  const entries = upstreamEntries(servers, secrets, { ...places, here });
  const writing = { here, file, config, entries, secrets: secrets.text(), leftOut, options, output };
  const reached = await startOf(writing);
  const client = clientOf(file, place);
  const form = (!options.stdio && client.http) || client.stdio;
  const entry = form(connectionTo(reached, here));
  if (form === client.stdio) tellInstalling(output);
  if (options.apply) await applyEntry({ file, text, edit: { place, entry, gone: servers } }, output);
  tellServed(served, writing);
  tell({ entry: entryAt(place, entry), client: client.name, applied: options.apply === true, config }, output);
}

/** A client's entry holds a token, and its backup the credentials of before: a server that reads the file has them. */
function tellServed(served: readonly ServedFolder[], { file, secrets, options, output }: Writing): void {
  const warn = (path: string, what: string): void => {
    const by = servedBy(served, path);
    if (by !== null) output.note(`${printable(by.server)} serves ${printable(path)} too, and ${what}`);
  };
  warn(
    file,
    'the token in its new entry: where the client reads variables, write one in its place (`${env:SALLYPORT_TOKEN}`), or forbid that path by a policy',
  );
  if (options.apply && secrets !== null)
    warn(
      backupOf(file),
      'the credentials in it: move it to a folder that no server serves, and back again before --undo',
    );
}

interface Writing {
  readonly here: string;
  readonly file: string;
  /** As commands must name it; absent where they look by themselves. */
  readonly config: string | undefined;
  readonly entries: Entries;
  readonly secrets: string | null;
  readonly leftOut: readonly string[];
  readonly options: InitOptions;
  readonly output: Output;
}

/** Writes the configuration; with `--apply` one that an earlier `init` wrote is kept. */
async function startOf(writing: Writing): Promise<Started> {
  const { here, entries, leftOut, options, output } = writing;
  if (options.apply && !options.force && (await exists(join(here, 'sallyport.yaml'))))
    return startedWith(here, Object.keys(entries.upstreams));
  const started = await writeFiles(writing);
  for (const line of [...leftOut, ...entries.warnings]) output.note(`look at ${printable(line)}`);
  return started;
}

async function writeFiles({ here, file, config, entries, secrets, options, output }: Writing): Promise<Started> {
  const kept = await earlier(here);
  const { listen = await freeAddress(output), token = randomBytes(24).toString('base64url') } = kept;
  const approve = commandText('definitions approve', { config });
  const files: NewFile[] = [
    { path: 'sallyport.yaml', text: configText(entries, { listen, approve, file }), secret: false },
    ...(kept.token === undefined ? [{ path: 'users.yaml', text: usersText(token), secret: true }] : []),
    { path: join('policies', 'start.cedar'), text: policyText(entries), secret: false },
    ...(secrets === null ? [] : [{ path: SECRETS_FILE, text: secrets, secret: true }]),
  ];
  if (config !== undefined) await mkdir(here, { recursive: true, mode: 0o700 });
  const shown = (path: string): string => printable(config === undefined ? path : join(here, path));
  for (const { path, secret, backup } of await writeAll(files, here, options)) {
    const before = backup === null ? '' : `; as it was: ${printable(backup)}`;
    output.note(`wrote ${shown(path)}${secret ? ' (for your eyes only)' : ''}${before}`);
  }
  if (kept.token !== undefined) output.note(`kept ${shown('users.yaml')}, so that tokens stay valid`);
  return { listen, token };
}

async function freeAddress(output: Output): Promise<string> {
  const port = await freePort(PORT);
  if (port !== PORT) output.note(`port ${PORT} is in use, so Sallyport is to listen at ${port} (\`listen\`)`);
  return `127.0.0.1:${port}`;
}

function connectionTo({ listen, token }: Started, here: string): Connection {
  const args = ['stdio', '--config', join(here, 'sallyport.yaml')];
  const tarball = tarballOf(process);
  const program =
    tarball === null
      ? { command: process.execPath, args: [...process.execArgv, process.argv[1] ?? '', ...args] }
      : { command: 'npx', args: ['--yes', packageWord(tarball), ...args] };
  return { url: `http://${listen}`, token, program };
}

/** An entry that starts a program needs it to stay where it is; npm may empty what npx keeps. */
function tellInstalling(output: Output): void {
  const npx = npxOf(process);
  if (npx === null) return;
  const [what, needed] =
    npx.tarball === null ? ['sallyport', 'a folder of npx’s cache, which npm may empty'] : [npx.tarball, npx.tarball];
  output.note(
    `the entry needs ${printable(needed)}. To be free of that: npm install -g ${shellWord(what)}, and \`sallyport init\` again`,
  );
}

interface Told {
  readonly entry: object;
  readonly client: string;
  readonly applied: boolean;
  readonly config: string | undefined;
}

function tell({ entry, client, applied, config }: Told, output: Output): void {
  if (output.json) return output.value(entry);
  const { bold } = output.colour;
  const head = applied
    ? `This is the entry of ${client} now:`
    : `Put this in the place of ${client}’s entries, or give --apply:`;
  output.line(`\n${bold(head)}\n`);
  output.line(JSON.stringify(entry, null, 2));
  output.line(
    `\nThen: ${bold(commandText('serve', { config }))}, and accept the tools with ${bold(commandText('definitions approve', { config }))}`,
  );
}
