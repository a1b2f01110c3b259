import { remote, remoteCommand, type RemoteOptions } from '../context.ts';
import { exitCodes } from '../failure.ts';
import type { Output } from '../output/output.ts';
import { printable } from '../output/printable.ts';
import type { AddCommand } from '../run.ts';

/** An erasure as the admin API tells it. */
interface Erasure {
  readonly tenant: string;
  readonly subject: string | null;
  readonly sealed: boolean;
  readonly approvals: number;
  readonly erased: boolean;
  readonly remains: readonly string[];
  readonly unreached: readonly string[];
}

interface EraseOptions extends RemoteOptions {
  readonly tenant: string;
  readonly subject: string;
  readonly issuer?: string;
  readonly reason?: string;
  readonly dryRun?: boolean;
}

/** `erase`: what is kept of one person. */
export const addErase: AddCommand = (program, context, done) => {
  remoteCommand(program.command('erase'))
    .description(
      'erase what is kept of one person: the key of their sealed values, which never open again, and the name; for good',
    )
    .requiredOption('--tenant <tenant>', 'whose person it is')
    .requiredOption('--subject <subject>', 'the id at the issuer, or the pseudonym `sub_…`')
    .option('--issuer <issuer>', 'where people of several issuers have this id')
    .option('--reason <code>', 'why, as a snake_case code, for the record')
    .option('--dry-run', 'only tell what it would come to')
    .action(async function erase({ tenant, subject, issuer, reason, dryRun = false, ...options }: EraseOptions) {
      const { client, output } = await remote(context, options);
      const body = { tenant, subject, issuer, reason, dry_run: dryRun };
      const erasure = await client.post<Erasure>('/erasures', body);
      if (output.json) output.value(erasure);
      else tell(erasure, { name: printable(subject), output });
      done(exitCodes.ok);
    });
};

function tell(erasure: Erasure, { name, output }: { readonly name: string; readonly output: Output }): void {
  const { tenant, subject, sealed, approvals, erased, remains, unreached } = erasure;
  if (subject === null)
    return output.line(
      `Nothing is kept of ${name} in ${printable(tenant)}: erased before, never seen, or of another issuer (--issuer).`,
    );
  const values = sealed ? 'the key of all sealed values' : 'no sealed values';
  const what = `${values}, open approvals: ${approvals}, and the name behind ${printable(subject)}`;
  output.line(
    erased ? `Erased in ${printable(tenant)}: ${what}.` : `Would be erased in ${printable(tenant)}: ${what}.`,
  );
  output.line('What remains:');
  for (const one of remains) output.line(`  ${printable(one)}`);
  output.line('What Sallyport can’t reach:');
  for (const one of unreached) output.line(`  ${printable(one)}`);
}
