import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { houseFunction } from '../house.ts';
import { SECRETS_FILE } from '../init/secret-store.ts';
import type { AddCommand } from '../run.ts';

/** `serve` and `stdio`: the house itself. */
export const addServe: AddCommand = (program, { stderr, stdin, env, signal }, done) => {
  program
    .command('serve')
    .description('serve MCP over HTTP, at /mcp and /mcp/<upstream>')
    .option('-c, --config <file>', 'the configuration', 'sallyport.yaml')
    .action(async function serveHouse({ config }: { config: string }) {
      loadSecrets(config);
      const serve = await houseFunction('serve');
      const { url } = await serve({ config });
      stderr.write(`Sallyport serves ${url}/mcp. Watch it with: sallyport tail\n`);
      done(null);
    });

  program
    .command('stdio')
    .description('serve MCP over standard input and output, for clients that start a program')
    .option('-c, --config <file>', 'the configuration', 'sallyport.yaml')
    .option('--token <token>', 'whose calls these are; else SALLYPORT_TOKEN')
    .action(async function serveStdio({ config, token }: { config: string; token?: string }) {
      loadSecrets(config);
      const stdio = await houseFunction('stdio');
      // Ends the client's stream, so that calls under way are finished and recorded first.
      signal.addEventListener('abort', () => stdin.push(null), { once: true });
      await stdio({ config, token: token ?? env['SALLYPORT_TOKEN'] });
    });
};

/** Variables of the secrets file that `init` wrote beside the configuration; those already set win. */
function loadSecrets(config: string): void {
  const file = resolve(dirname(config), SECRETS_FILE);
  if (existsSync(file)) process.loadEnvFile(file);
}
