import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { type Context, remote, remoteCommand, type RemoteOptions } from '../context.ts';
import { exitCodes, Failure } from '../failure.ts';
import { type Output, tinted } from '../output/output.ts';
import { printable } from '../output/printable.ts';
import type { AddCommand } from '../run.ts';

/** An onboarded tenant as the admin API shows it. */
interface Tenant {
  readonly id: string;
  readonly name: string | null;
  readonly state: string;
  readonly issuers: readonly { readonly issuer: string }[];
  readonly quotas: {
    readonly calls?: string;
    readonly concurrent?: number;
  };
  readonly version: number;
}

interface OnboardOptions extends RemoteOptions {
  readonly name?: string;
  readonly issuer?: readonly string[];
  readonly audience?: string;
  readonly issuers?: string;
  readonly calls?: string;
  readonly concurrent?: number;
  readonly reason?: string;
}

/** `tenants`: who is onboarded, onboarding, suspending and resuming. */
export const addTenants: AddCommand = (program, context, done) => {
  const tenants = program.command('tenants').description('onboarded tenants, their issuers and quotas');
  remoteCommand(tenants.command('list', { isDefault: true }))
    .description('every onboarded tenant')
    .action(async function listTenants(options: RemoteOptions) {
      const { client, output } = await remote(context, options);
      list((await client.get<{ tenants: readonly Tenant[] }>('/tenants')).tenants, output);
      done(exitCodes.ok);
    });
  addOnboard(tenants, context, done);
  addState(tenants, context, { verb: 'suspend', state: 'suspended', done });
  addState(tenants, context, { verb: 'resume', state: 'active', done });
};

function addOnboard(tenants: Command, context: Context, done: (code: number) => void): void {
  remoteCommand(tenants.command('onboard <tenant>'))
    .description('make a tenant known, with issuers of its own and what it may use')
    .option('--name <name>', 'the organisation’s name')
    .option('--issuer <url...>', 'an issuer of its own, by https; then no other may speak for it')
    .option('--audience <audience>', 'what tokens of --issuer are for: this endpoint')
    .option('--issuers <file>', 'issuers as a YAML list, each as `identity.issuers` has them, without `tenant`')
    .option('--calls <rate>', 'most calls, such as 600/min')
    .option('--concurrent <count>', 'most calls at once', countOf)
    .option('--reason <code>', 'why, as a snake_case code, for the record')
    .action(async function onboardTenant(id: string, options: OnboardOptions) {
      const issuers = await issuersOf(options, context.cwd);
      const { client, output } = await remote(context, options);
      const { name, calls, concurrent, reason } = options;
      const quotas = { ...(calls !== undefined && { calls }), ...(concurrent !== undefined && { concurrent }) };
      const tenant = await client.post<Tenant>('/tenants', {
        id,
        ...(name !== undefined && { name }),
        ...(issuers.length > 0 && { issuers }),
        quotas,
        ...(reason !== undefined && { reason }),
      });
      told(tenant, 'onboarded', output);
      done(exitCodes.ok);
    });
}

interface StateCommand {
  readonly verb: 'suspend' | 'resume';
  readonly state: 'suspended' | 'active';
  readonly done: (code: number) => void;
}

function addState(tenants: Command, context: Context, { verb, state, done }: StateCommand): void {
  remoteCommand(tenants.command(`${verb} <tenant>`))
    .description(
      verb === 'suspend' ? 'refuse all of a tenant’s calls, within a second' : 'let a tenant’s calls through again',
    )
    .option('--reason <code>', 'why, as a snake_case code, for the record')
    .action(async function changeState(id: string, options: RemoteOptions & { readonly reason?: string }) {
      const { client, output } = await remote(context, options);
      const body = { state, ...(options.reason !== undefined && { reason: options.reason }) };
      const tenant = await client.patch<Tenant>(`/tenants/${encodeURIComponent(id)}`, body);
      told(tenant, tenant.state, output);
      done(exitCodes.ok);
    });
}

function countOf(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new Failure('usage', `--concurrent takes a count, not ${text}.`);
  return Number(text);
}

async function issuersOf({ issuer = [], audience, issuers }: OnboardOptions, cwd: string): Promise<readonly unknown[]> {
  if (issuer.length > 0 && audience === undefined)
    throw new Failure('usage', '--issuer needs --audience: what its tokens are for.');
  const named = issuer.map((url) => ({ issuer: url, audience }));
  return issuers === undefined ? named : [...named, ...(await listIn(resolve(cwd, issuers)))];
}

async function listIn(file: string): Promise<readonly unknown[]> {
  try {
    const list: unknown = parse(await readFile(file, 'utf8'));
    if (Array.isArray(list)) return list as unknown[];
  } catch (error) {
    throw new Failure('usage', `${file}: ${(error as Error).message}`);
  }
  throw new Failure('usage', `${file} is not a list of issuers.`);
}

function told(tenant: Tenant, what: string, output: Output): void {
  if (output.json) output.value(tenant);
  else output.line(`${printable(tenant.id)} is ${tinted(what, output.colour)}.`);
}

function list(tenants: readonly Tenant[], output: Output): void {
  if (output.json) return tenants.forEach((tenant) => output.value(tenant));
  if (tenants.length === 0) return output.line('No tenant is onboarded.');
  const rows = tenants.map(({ id, name, state, issuers, quotas }) => [
    printable(id),
    printable(name ?? ''),
    tinted(state, output.colour),
    issuers.map(({ issuer }) => printable(issuer)).join(' '),
    quotasText(quotas),
  ]);
  output.table(['tenant', 'name', 'state', 'issuers', 'quotas'], rows);
}

function quotasText({ calls, concurrent }: Tenant['quotas']): string {
  return [
    ...(calls === undefined ? [] : [`${calls} calls`]),
    ...(concurrent === undefined ? [] : [`${concurrent} at once`]),
  ].join(', ');
}
