import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { addApprovals } from './commands/approvals.command.ts';
import { addCheck } from './commands/check.command.ts';
import { addConnections } from './commands/connections.command.ts';
import { addDefinitions } from './commands/definitions.command.ts';
import { addErase } from './commands/erase.command.ts';
import { addExplain } from './commands/explain.command.ts';
import { addInit } from './commands/init.command.ts';
import { addPolicy } from './commands/policy.command.ts';
import { addSearch } from './commands/search.command.ts';
import { addServe } from './commands/serve.command.ts';
import { addSwitch } from './commands/switch.command.ts';
import { addTail } from './commands/tail.command.ts';
import { addText } from './commands/text.command.ts';
import { addTools } from './commands/tools.command.ts';
import { addTenants } from './commands/tenants.command.ts';
import type { Context } from './context.ts';
import { exitCodes, Failure } from './failure.ts';
import { printableLines } from './output/printable.ts';

const EPILOGUE = `
Exit codes:
  0  done
  1  refused, or a check failed
  2  wrong usage, or a configuration that can't be used
  3  Sallyport can't be reached`;

/** What a command resolves with: its exit code, or null when it keeps running (a server). */
export type Outcome = number | null;

/** A command is added with the context it acts in and a place to put its outcome. */
export type AddCommand = (program: Command, context: Context, done: (outcome: Outcome) => void) => void;

const commands: readonly AddCommand[] = [
  addServe,
  addInit,
  addTail,
  addSearch,
  addExplain,
  addText,
  addApprovals,
  addDefinitions,
  addTools,
  addTenants,
  addSwitch,
  addConnections,
  addErase,
  addCheck,
  addPolicy,
];

/** Runs one command line; never throws. */
export async function run(args: readonly string[], context: Context): Promise<Outcome> {
  let outcome: Outcome = exitCodes.ok;
  const program = new Command('sallyport')
    .description('A guarded gateway between AI agents and MCP servers.')
    .version(version(), '-v, --version')
    .addHelpText('after', EPILOGUE)
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
    })
    .exitOverride();
  for (const add of commands) add(program, context, (code) => (outcome = code));
  try {
    await program.parseAsync([...args], { from: 'user' });
    return outcome;
  } catch (error) {
    return context.signal.aborted ? exitCodes.ok : tell(error, context);
  }
}

function tell(error: unknown, { stderr }: Context): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (error instanceof Failure) {
    stderr.write(`${printableLines([error.message, error.hint].filter(Boolean).join('\n'))}\n`);
    return error.exitCode;
  }
  const { code, syscall, message, stack } = error as Partial<NodeJS.ErrnoException>;
  // What the operating system refuses (a folder that can't be made or read) is told in its words.
  const known = code === undefined ? undefined : (knownErrors[code] ?? (syscall && exitCodes.refused));
  if (typeof known === 'number') {
    stderr.write(`${printableLines(message ?? '')}\n`);
    return known;
  }
  stderr.write(`This should not have happened; please report it.\n${printableLines(stack ?? String(error))}\n`);
  return exitCodes.refused;
}

/** Errors of Sallyport that say themselves what to do, by their code. */
const knownErrors: Readonly<Record<string, number>> = {
  not_served: exitCodes.usage,
  nobody_there: exitCodes.usage,
  join_refused: exitCodes.usage,
  listen_failed: exitCodes.refused,
  listen_unusable: exitCodes.usage,
  journal_locked: exitCodes.refused,
  journal_unavailable: exitCodes.refused,
  development_users: exitCodes.usage,
};

function version(): string {
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
  return version;
}
