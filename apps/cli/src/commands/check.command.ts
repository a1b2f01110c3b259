import { counted } from '@sallyport/base';
import type { Finding } from '@sallyport/contracts';
import type { PrintCommand } from '@sallyport/service/command';
import {
  type Definition,
  definitionCount,
  fetchDefinitions,
  isUnapproved,
  nameOf,
  notEnforced,
  waits,
} from '../client/definition.ts';
import { remote, remoteCommand, type RemoteOptions } from '../context.ts';
import { createOutput, type Output, tinted } from '../output/output.ts';
import { exitCodes } from '../failure.ts';
import { loadWiring } from '../load-wiring.ts';
import { printable } from '../output/printable.ts';
import { toldProblems } from '../output/problems.ts';
import type { AddCommand } from '../run.ts';

/** Definitions that wait are named up to so many. */
const mostShown = 5;

/** `check`: does everything that is configured really fire? */
export const addCheck: AddCommand = (program, context, done) => {
  remoteCommand(program.command('check'))
    .description('send a probe through every configured guard, limit, resolver and sanitizer')
    .option('--offline', 'put Sallyport together in memory instead of asking a running one')
    .action(async function check(options: RemoteOptions & { offline?: boolean }) {
      const output = createOutput(context, options);
      if (options.offline) return done(await toldProblems(output, () => offline(options, output)));
      const { client, command } = await remote(context, options);
      const { findings } = await client.post<{ findings: readonly Finding[] }>('/check');
      const code = tellFindings(findings, output);
      const definitions = await fetchDefinitions(client);
      tellWaiting(definitions, output, command);
      tellUnusable(definitions, output);
      tellLeftOut(definitions, output);
      done(code);
    });
};

async function offline({ config = 'sallyport.yaml' }: RemoteOptions, output: Output): Promise<number> {
  const { checkConfig } = await loadWiring(config);
  const { findings, definitions } = await checkConfig(config);
  const code = tellFindings(findings, output);
  tellLeftOut(definitions, output);
  return code;
}

/** 1 when something never fires. */
function tellFindings(findings: readonly Finding[], output: Output): number {
  if (output.json) findings.forEach((finding) => output.value(finding));
  else tabulate(findings, output);
  return findings.every(({ fires }) => fires) ? exitCodes.ok : exitCodes.refused;
}

/** What never fires in full; what does as a number for each guard, since an instance has a hundred probes and more. */
function tabulate(findings: readonly Finding[], output: Output): void {
  const silent = findings.filter(({ fires }) => !fires);
  const firing = findings.filter(({ fires }) => fires);
  const row = (word: string, what: string, more: string): string[] => [
    tinted(word, output.colour),
    printable(what),
    printable(more),
  ];
  output.table(
    ['', 'what', ''],
    [
      ...[...Map.groupBy(firing, partOf)].map(([part, found]) => row('fires', part, toldOf(part, found))),
      ...silent.map(({ about, detail, hint }) => row('silent', about, `${detail}. ${hint}`)),
    ],
  );
  output.line(`${firing.length} of ${findings.length} fire. Each of them: --json`);
}

/** What nobody can use until a person approves them: no fault, but easily overlooked. */
function tellWaiting(definitions: readonly Definition[], output: Output, command: PrintCommand): void {
  const waiting = definitions.filter(waits);
  const names = waiting.map((definition) => printable(nameOf(definition)));
  if (names.length === 0) return;
  const shown = names.slice(0, mostShown).join(', ') + (names.length > mostShown ? ', …' : '');
  const what = `${definitionCount(waiting)} hidden until approved: ${shown}`;
  output.note(`${what}. Look at them and approve: ${command('definitions approve')}`);
}

/** Tools that nobody can approve as they are offered: said with the reason, and no fault of what is configured. */
function tellUnusable(definitions: readonly Definition[], output: Output): void {
  for (const definition of definitions.filter(isUnapproved))
    if (definition.problem !== null)
      output.note(printable(`${nameOf(definition)} can't be approved, and stays hidden: ${definition.problem}`));
}

/** What of the tools' own schemas only their upstreams check. */
function tellLeftOut(definitions: readonly Pick<Definition, 'upstream' | 'tool' | 'leftOut'>[], output: Output): void {
  for (const definition of definitions) {
    const { leftOut } = definition;
    if (leftOut.length > 0) output.note(printable(`${nameOf(definition)}: ${leftOut.map(notEnforced).join('; ')}`));
  }
}

/** How many probes fired; of what an upstream may ask of clients, what that is. */
function toldOf(part: string, found: readonly Finding[]): string {
  const [only] = found;
  if (only !== undefined && part === only.about && isGrant(only)) return only.detail;
  return counted(found.length, 'probe');
}

function isGrant({ about }: Finding): boolean {
  return about.startsWith('client_requests/');
}

/** `limits` of `limits/user-rate`, `resolver` of `resolver orders/get_order …`. */
function partOf(finding: Finding): string {
  const { about } = finding;
  return isGrant(finding) ? about : (/^[^/ ]+/.exec(about)?.[0] ?? about);
}
