import { type Context } from '../context.ts';
import { exitCodes } from '../failure.ts';
import { houseFunction, type PolicyTest } from '../house.ts';
import { createOutput, type Output } from '../output/output.ts';
import { printable } from '../output/printable.ts';
import { tellPolicyCheck, tellProblems } from '../output/problems.ts';
import type { AddCommand } from '../run.ts';

interface PolicyOptions {
  readonly config: string;
  readonly json?: boolean;
  readonly cases?: string;
}

/** `policy check` and `policy test`: without a running house. */
export const addPolicy: AddCommand = (program, context, done) => {
  const policy = program.command('policy').description('check and test policies, without a running house');
  policy
    .command('check')
    .description('check every policy against the pinned definitions')
    .option('-c, --config <file>', 'the configuration', 'sallyport.yaml')
    .option('--json', 'JSON instead of lines; the default when piped')
    .action(async function checkPolicy({ config, json }: PolicyOptions) {
      const checkPolicies = await houseFunction('checkPolicies');
      done(tellPolicyCheck(await checkPolicies({ config }), outputOf(context, json)));
    });
  policy
    .command('test')
    .description('run the cases beside the policies')
    .option('-c, --config <file>', 'the configuration', 'sallyport.yaml')
    .option('--cases <file>', 'the cases; `cases.yaml` beside the policies if absent')
    .option('--json', 'JSON instead of lines; the default when piped')
    .action(async function testPolicy({ config, cases, json }: PolicyOptions) {
      const testPolicies = await houseFunction('testPolicies');
      const answer = await testPolicies({ config, ...(cases !== undefined && { cases }) });
      done(tellTest(answer, outputOf(context, json)));
    });
};

function outputOf(context: Context, json: boolean | undefined): Output {
  return createOutput(context, { json: json === true });
}

function tellTest({ results, problems }: PolicyTest, output: Output): number {
  if (problems.length > 0) return tellProblems(problems, output);
  const failed = results.filter(({ ok }) => !ok);
  if (output.json) results.forEach((result) => output.value(result));
  else {
    for (const { name, detail } of failed)
      output.line(`${output.colour.red('failed')}  ${printable(name)}\n        ${printable(detail)}`);
    output.line(`${results.length - failed.length} of ${results.length} cases hold`);
  }
  return failed.length === 0 ? exitCodes.ok : exitCodes.refused;
}
