import { counted } from '@sallyport/base';
import { type Command, Option } from 'commander';
import type { CheckedPolicies, PolicyCaseResult } from '@sallyport/wiring';
import { type Context } from '../context.ts';
import { exitCodes } from '../failure.ts';
import { loadWiring } from '../load-wiring.ts';
import { createOutput, type Output } from '../output/output.ts';
import { printable } from '../output/printable.ts';
import { toldProblems } from '../output/problems.ts';
import type { AddCommand } from '../run.ts';

interface PolicyOptions {
  readonly config: string;
  readonly json?: boolean;
  readonly cases?: string;
  readonly offline?: boolean;
  readonly online?: boolean;
}

/** `policy check` and `policy test`: without a running instance. */
export const addPolicy: AddCommand = (program, context, done) => {
  const policy = program.command('policy').description('check and test policies, without a running instance');
  const command = (name: string, description: string): Command =>
    policy
      .command(name)
      .description(description)
      .option('-c, --config <file>', 'the configuration', 'sallyport.yaml')
      .addOption(
        new Option('--offline', 'start nothing; the default where every server has approved definitions').conflicts(
          'online',
        ),
      )
      .option('--online', 'start the servers, and go by what they offer now')
      .option('--json', 'JSON instead of lines; the default when piped');

  command('check', 'check every policy against the approved definitions of tools').action(async function checkPolicy(
    options: PolicyOptions,
  ) {
    const { checkPolicies } = await loadWiring(options.config);
    const output = outputOf(context, options);
    done(await toldProblems(output, async () => tellCheck(await checkPolicies(policiesOf(options, output)), output)));
  });
  command('test', 'run the cases beside the policies, against the approved definitions of tools')
    .option('--cases <file>', 'the cases; `cases.yaml` beside the policies if absent')
    .action(async function testPolicy(options: PolicyOptions) {
      const { testPolicies } = await loadWiring(options.config);
      const output = outputOf(context, options);
      const tested = { ...policiesOf(options, output), file: options.cases };
      done(await toldProblems(output, async () => tellTest(await testPolicies(tested), output)));
    });
};

/** What to go by, and where to say what that leaves out. */
function policiesOf({ config, offline, online }: PolicyOptions, output: Output) {
  const unless = offline ? ('record' as const) : undefined;
  return {
    config,
    against: online ? ('servers' as const) : unless,
    note: (text: string): void => output.note(printable(text)),
  };
}

function outputOf(context: Context, { json }: PolicyOptions): Output {
  return createOutput(context, { json: json === true });
}

/** 1 where something protects less than its author may believe. */
function tellCheck({ digest, findings, warnings }: CheckedPolicies, output: Output): number {
  const ok = findings.length === 0;
  if (output.json) output.value({ ok, digest, findings, warnings });
  else {
    for (const { file, line, message, hint } of warnings)
      output.line(`${output.colour.yellow('warning')}  ${printable(`${file}:${line} ${message}. ${hint}`)}`);
    for (const { about, detail, hint } of findings)
      output.line(`${output.colour.red('finding')}  ${printable(`${about} ${detail}. ${hint}`)}`);
    if (ok) output.line(`${output.colour.green('ok')}  ${digest}`);
  }
  return ok ? exitCodes.ok : exitCodes.refused;
}

function tellTest(results: readonly PolicyCaseResult[], output: Output): number {
  const failed = results.filter(({ ok }) => !ok);
  if (output.json) results.forEach((result) => output.value(result));
  else {
    for (const { name, diff } of failed) {
      output.line(`${output.colour.red('failed')}  ${printable(name)}`);
      for (const line of diff) output.line(`        ${printable(line)}`);
    }
    output.line(`${results.length - failed.length} of ${counted(results.length, 'case')} hold`);
  }
  return failed.length === 0 ? exitCodes.ok : exitCodes.refused;
}
