import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { commandName } from '@sallyport/base';
import { type Context } from '../context.ts';
import { exitCodes, Failure } from '../failure.ts';
import { readMcpServers } from '../init/mcp-servers.ts';
import { createSecretStore, SECRETS_FILE } from '../init/secret-store.ts';
import { clientEntry, configText, starterPolicy, usersText } from '../init/starter-files.ts';
import { upstreamEntries } from '../init/upstream-entries.ts';
import { createOutput, type Output } from '../output/output.ts';
import { printable } from '../output/printable.ts';
import type { AddCommand } from '../run.ts';

interface InitOptions {
  readonly force?: boolean;
  readonly json?: boolean;
}

interface NewFile {
  readonly path: string;
  readonly text: string;
  /** Only its owner may read it. */
  readonly secret: boolean;
}

/** `init`: from a client's mcpServers file to a configuration that guards them. */
export const addInit: AddCommand = (program, context, done) => {
  program
    .command('init <file>')
    .description('read an existing mcpServers file and write sallyport.yaml here')
    .option('--force', 'overwrite files that are there')
    .option('--json', 'print only the client’s new entry; the default when piped')
    .action(async function init(file: string, options: InitOptions) {
      const answer = readMcpServers(await textOf(resolve(context.cwd, file)));
      if (!answer.ok) throw new Failure('usage', `${file} can't be used: ${answer.message}.`);
      const secrets = createSecretStore();
      const entries = upstreamEntries(answer.servers, secrets, context.env);
      const token = randomBytes(24).toString('base64url');
      const files: NewFile[] = [
        { path: 'sallyport.yaml', text: configText(entries), secret: false },
        { path: 'users.yaml', text: usersText(token), secret: true },
        { path: join('policies', 'start.cedar'), text: starterPolicy, secret: false },
        ...(secrets.size === 0 ? [] : [{ path: SECRETS_FILE, text: secrets.text(), secret: true }]),
      ];
      await writeAll(files, context, options);
      const output = createOutput(context, options);
      const warnings = [...answer.leftOut, ...entries.warnings];
      tell({ files, warnings, entry: clientEntry({ url: 'http://127.0.0.1:8787', token }) }, output);
      done(exitCodes.ok);
    });
};

async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: Error) => {
    throw new Failure('usage', `${path} can't be read: ${error.message}`);
  });
}

/** Writes all or nothing: with one of the files there already, none is touched. */
async function writeAll(files: readonly NewFile[], { cwd }: Context, { force = false }: InitOptions): Promise<void> {
  const there = [];
  for (const { path } of files) if (await exists(join(cwd, path))) there.push(path);
  if (there.length > 0 && !force) {
    throw new Failure('refused', `${there.join(', ')} ${there.length === 1 ? 'is' : 'are'} there already.`, {
      hint: 'Nothing was written. Give --force to overwrite.',
    });
  }
  for (const { path, text, secret } of files) {
    const target = join(cwd, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text, { mode: secret ? 0o600 : 0o644 });
    if (secret) await chmod(target, 0o600);
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

interface Told {
  readonly files: readonly NewFile[];
  readonly warnings: readonly string[];
  readonly entry: object;
}

function tell({ files, warnings, entry }: Told, output: Output): void {
  const wrote = files.map(({ path, secret }) => `wrote ${path}${secret ? ' (for your eyes only)' : ''}`);
  for (const line of [...wrote, ...warnings.map((text) => `look at ${printable(text)}`)]) output.note(line);
  if (output.json) return output.value(entry);
  output.line(`\n${output.colour.bold('Put this in the place of the client’s entries:')}\n`);
  output.line(JSON.stringify(entry, null, 2));
  const command = commandName(process);
  output.line(
    `\nThen: ${output.colour.bold(`${command} serve`)}, and accept the tools with ${output.colour.bold(`${command} definitions approve --all`)}`,
  );
}
