import type { ApprovalView, JsonObject, JsonValue } from '@sallyport/contracts';
import type { Command } from 'commander';
import { bare } from '../client/references.ts';
import { type Context, remote, remoteCommand, type RemoteOptions } from '../context.ts';
import { exitCodes, Failure } from '../failure.ts';
import { confirm } from '../output/confirm.ts';
import { needsText } from '../output/feed-line.ts';
import { type Output, tinted } from '../output/output.ts';
import { printable, printableLines } from '../output/printable.ts';
import type { AddCommand } from '../run.ts';

interface Question {
  readonly approval: ApprovalView;
  readonly ask: string | null;
  readonly arguments: JsonObject | null;
  readonly objects: readonly JsonValue[] | null;
}

interface ListOptions extends RemoteOptions {
  readonly tenant?: string;
  readonly all?: boolean;
}

/** `approvals`, `approve`, `reject`: what people are asked, and their answers. */
export const addApprovals: AddCommand = (program, context, done) => {
  remoteCommand(program.command('approvals'))
    .description('what waits for a person')
    .option('--tenant <tenant>', 'only this tenant')
    .option('--all', 'decided and expired ones too')
    .action(async function approvals(options: ListOptions) {
      const { client, output } = await remote(context, options);
      const status = options.all ? undefined : 'requested';
      const answer = await client.get<{ approvals: readonly ApprovalView[] }>('/approvals', {
        status,
        tenant: options.tenant,
      });
      list(answer.approvals, output);
      done(exitCodes.ok);
    });
  addVote(program, context, 'approve').action(vote('approve', context, done));
  addVote(program, context, 'reject').action(vote('reject', context, done));
};

function addVote(program: Command, _context: Context, answer: 'approve' | 'reject'): Command {
  return remoteCommand(program.command(`${answer} <approval>`))
    .description(`${answer} what waits; shown before it is asked for`)
    .option('-y, --yes', 'do not ask again');
}

function vote(answer: 'approve' | 'reject', context: Context, done: (code: number) => void) {
  return async function castVote(reference: string, options: RemoteOptions & { yes?: boolean }): Promise<void> {
    const { client, output, command, isOwn } = await remote(context, options);
    const id = bare('approval', reference);
    const path = `/approvals/${encodeURIComponent(id)}`;
    const question = await client.get<Question>(path);
    if (!output.json) show(question, output);
    if (answer === 'approve' && !isOwn) throw needsOwnToken(command(`approve ${id}`, { ownToken: true }));
    const asking = { input: context.stdin, stdout: context.stdout, output, yes: options.yes };
    if (!(await confirm(answer === 'approve' ? 'Approve?' : 'Reject?', asking))) {
      output.note('Nothing was done.');
      return done(exitCodes.refused);
    }
    const { status } = await client.post<{ status: string }>(`${path}/votes`, { answer, channel: 'cli' });
    if (output.json) output.value({ approval: id, answer, status });
    else output.line(status === 'requested' ? 'Counted; more people are needed.' : `${tinted(status, output.colour)}.`);
    done(exitCodes.ok);
  };
}

/** Told before the question: the instance would refuse the answer. */
function needsOwnToken(command: string): Failure {
  return new Failure('refused', "The operator's token is nobody's yes: it can reject, not approve.", {
    hint: `Approve with a token of your own: ${command}\nDevelopment users have theirs in users.yaml, others from their issuer; SALLYPORT_TOKEN serves as well as --token.`,
  });
}

function list(approvals: readonly ApprovalView[], output: Output): void {
  if (output.json) return approvals.forEach((approval) => output.value(approval));
  if (approvals.length === 0) return output.line('Nothing waits.');
  output.table(
    ['approval', 'status', 'what', 'asked by', 'needs', 'decide by'],
    approvals.map((approval) => [
      printable(approval.id),
      tinted(approval.status, output.colour),
      printable(`${approval.upstream}/${approval.tool}`),
      printable(approval.requester.subject),
      needsText(approval.needs),
      new Date(approval.decideBy).toISOString().replace(/\.\d+/, ''),
    ]),
  );
}

/** Shows the question, and in full the values that the question may have cut. */
function show({ approval, ask, arguments: values, objects }: Question, output: Output): void {
  const { dim, bold } = output.colour;
  output.line(bold(printableLines(ask ?? 'The question has been erased.')));
  output.line(`${dim('what'.padEnd(11))}${printable(`${approval.upstream}/${approval.tool}`)}`);
  output.line(`${dim('arguments'.padEnd(11))}${values === null ? 'erased' : printable(JSON.stringify(values))}`);
  for (const object of objects ?? []) output.line(`${dim('object'.padEnd(11))}${printable(JSON.stringify(object))}`);
  output.line(`${dim('asked by'.padEnd(11))}${printable(approval.requester.subject)}`);
  output.line(`${dim('needs'.padEnd(11))}${needsText(approval.needs)}`);
  for (const { subject, answer } of approval.votes)
    output.line(`${dim('vote'.padEnd(11))}${answer} by ${printable(subject)}`);
}
