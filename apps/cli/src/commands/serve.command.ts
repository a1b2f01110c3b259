import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { createAdminClient } from '../client/admin-client.ts';
import { loadHouse } from '../house.ts';
import { SECRETS_FILE } from '../init/secret-store.ts';
import { createOutput } from '../output/output.ts';
import { welcome } from '../output/welcome.ts';
import type { AddCommand } from '../run.ts';
import { follow } from './tail.command.ts';

/** `serve` and `stdio`: the house itself. */
export const addServe: AddCommand = (program, context, done) => {
  const { stdin, env, signal } = context;
  program
    .command('serve')
    .description('serve MCP over HTTP, at /mcp and /mcp/<upstream>')
    .option('-c, --config <file>', 'the configuration', 'sallyport.yaml')
    .option('--feed', 'then follow the decisions as they are made')
    .action(async function serveHouse({ config, feed = false }: { config: string; feed?: boolean }) {
      loadSecrets(config);
      const { serve } = await loadHouse();
      const served = await serve({ config });
      context.stderr.write(welcome(served));
      done(null);
      if (!feed) return;
      const client = createAdminClient({ url: served.url, token: served.operatorToken }, context.signal);
      void follow({ client, output: createOutput(context, {}), context, options: {} });
    });

  program
    .command('stdio')
    .description('serve MCP over standard input and output, for clients that start a program')
    .option('-c, --config <file>', 'the configuration', 'sallyport.yaml')
    .option('--token <token>', 'whose calls these are; else SALLYPORT_TOKEN')
    .action(async function serveStdio({ config, token }: { config: string; token?: string }) {
      loadSecrets(config);
      const { stdio } = await loadHouse();
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
