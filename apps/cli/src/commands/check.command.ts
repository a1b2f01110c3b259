import type { Finding } from '@sallyport/contracts';
import { remote, remoteCommand, type RemoteOptions } from '../context.ts';
import { createOutput, type Output, tinted } from '../output/output.ts';
import { exitCodes } from '../failure.ts';
import { houseFunction } from '../house.ts';
import { printable } from '../output/printable.ts';
import { tellPolicyCheck, tellProblems } from '../output/problems.ts';
import type { AddCommand } from '../run.ts';

/** `check`: does everything that is configured really fire? */
export const addCheck: AddCommand = (program, context, done) => {
  remoteCommand(program.command('check'))
    .description('send a probe through every configured guard, limit, resolver and sanitizer')
    .option('--offline', 'only what needs no running house: the configuration and its policies')
    .action(async function check(options: RemoteOptions & { offline?: boolean }) {
      if (options.offline) return done(await offline(options, createOutput(context, options)));
      const { client, output } = await remote(context, options);
      const { ok, findings } = await client.post<{ ok: boolean; findings: readonly Finding[] }>('/check');
      tellFindings(findings, output);
      done(ok ? exitCodes.ok : exitCodes.refused);
    });
};

async function offline({ config = 'sallyport.yaml' }: RemoteOptions, output: Output): Promise<number> {
  const loadConfig = await houseFunction('loadConfig');
  const loaded = await loadConfig(config);
  if (!loaded.ok) return tellProblems(loaded.problems, output);
  const checkPolicies = await houseFunction('checkPolicies');
  return tellPolicyCheck(await checkPolicies({ config }), output);
}

function tellFindings(findings: readonly Finding[], output: Output): void {
  if (output.json) return findings.forEach((finding) => output.value(finding));
  const rows = findings.map(({ about, fires, detail, hint }) => [
    tinted(fires ? 'fires' : 'silent', output.colour),
    printable(about),
    fires ? '' : printable(`${detail}. ${hint}`),
  ]);
  output.table(['', 'what', 'what to do'], rows);
}
