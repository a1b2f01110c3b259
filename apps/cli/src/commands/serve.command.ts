import { createAdminClient } from '../client/admin-client.ts';
import { loadWiring } from '../load-wiring.ts';
import { createOutput } from '../output/output.ts';
import { welcome } from '../output/welcome.ts';
import type { AddCommand } from '../run.ts';
import { follow } from './tail.command.ts';

/** `serve` and `stdio`: Sallyport itself. */
export const addServe: AddCommand = (program, context, done) => {
  const { stdin, env, signal } = context;
  program
    .command('serve')
    .description('serve MCP over HTTP, at /mcp and /mcp/<upstream>')
    .option('-c, --config <file>', 'the configuration', 'sallyport.yaml')
    .option('--listen <address>', 'where to serve instead of what the configuration says, such as 127.0.0.1:8788')
    .option('--feed', 'then follow the decisions as they are made')
    .action(async function serve({
      config,
      listen,
      feed = false,
    }: {
      config: string;
      listen?: string;
      feed?: boolean;
    }) {
      const { serve } = await loadWiring(config);
      const served = await serve({ config, listen });
      // Asked to stop while it started, when nobody listened yet.
      if (signal.aborted) return void (await served.stop());
      context.stderr.write(welcome(served));
      done(null);
      if (!feed) return;
      const { url, operatorToken: token, command } = served;
      const client = createAdminClient({ url, token, isOwn: false, config }, context.signal);
      void follow({ url, client, output: createOutput(context, {}), command, context, options: {} });
    });

  program
    .command('stdio')
    .description('serve MCP over standard input and output, for clients that start a program')
    .option('-c, --config <file>', 'the configuration', 'sallyport.yaml')
    .option('--token <token>', 'whose calls these are; else SALLYPORT_TOKEN')
    .action(async function serveStdio({ config, token }: { config: string; token?: string }) {
      const { stdio } = await loadWiring(config);
      // Ends the client's stream, so that calls under way are finished and recorded first.
      signal.addEventListener('abort', () => stdin.push(null), { once: true });
      await stdio({ config, token: token ?? env['SALLYPORT_TOKEN'] });
    });
};
