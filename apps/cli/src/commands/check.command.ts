import type { Finding } from '@sallyport/contracts';
import { remote, remoteCommand, type RemoteOptions } from '../context.ts';
import { createOutput, type Output, tinted } from '../output/output.ts';
import { exitCodes } from '../failure.ts';
import { loadHouse } from '../house.ts';
import { printable } from '../output/printable.ts';
import { toldProblems } from '../output/problems.ts';
import type { AddCommand } from '../run.ts';

/** `check`: does everything that is configured really fire? */
export const addCheck: AddCommand = (program, context, done) => {
  remoteCommand(program.command('check'))
    .description('send a probe through every configured guard, limit, resolver and sanitizer')
    .option('--offline', 'put the house together in memory instead of asking a running one')
    .action(async function check(options: RemoteOptions & { offline?: boolean }) {
      const output = createOutput(context, options);
      if (options.offline) return done(await toldProblems(output, () => offline(options, output)));
      const { client } = await remote(context, options);
      const { findings } = await client.post<{ findings: readonly Finding[] }>('/check');
      done(tellFindings(findings, output));
    });
};

async function offline({ config = 'sallyport.yaml' }: RemoteOptions, output: Output): Promise<number> {
  const { checkConfig } = await loadHouse(config);
  return tellFindings(await checkConfig(config), output);
}

/** 1 when something never fires. */
function tellFindings(findings: readonly Finding[], output: Output): number {
  if (output.json) findings.forEach((finding) => output.value(finding));
  else tabulate(findings, output);
  return findings.every(({ fires }) => fires) ? exitCodes.ok : exitCodes.refused;
}

function tabulate(findings: readonly Finding[], output: Output): void {
  const rows = findings.map(({ about, fires, detail, hint }) => [
    tinted(fires ? 'fires' : 'silent', output.colour),
    printable(about),
    fires ? '' : printable(`${detail}. ${hint}`),
  ]);
  output.table(['', 'what', 'what to do'], rows);
}
