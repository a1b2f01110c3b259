import { resolve } from 'node:path';
import type { Finding } from '@sallyport/contracts';
import type { DefinitionView } from '@sallyport/definitions';
import { callFacts } from '@sallyport/guards';
import { type PolicyCaseResult, runPolicyTests } from '@sallyport/policy';
import { createLogger } from '@sallyport/service';
import { type FileProblem, loadConfig, loadPolicyCases, NotServed } from '@sallyport/config';
import { requireRuntime } from './open.ts';
import { dryRunParts, type Runtime } from '@sallyport/runtime';
import { BY_RECORD, checkRecorded, type CompiledPolicies } from './recorded-check.ts';

/**
 * Puts the whole installation together beside a running one, in memory: the real upstreams are started, what they offer counts
 * as approved, and nothing is written.
 *
 * @throws NotServed for a configuration or policies that can't be used
 */
async function dryRun<T>(config: string | undefined, act: (runtime: Runtime) => T | Promise<T>): Promise<T> {
  const answer = await loadConfig(config);
  if (!answer.ok) throw new NotServed(answer.problems);
  const parts = dryRunParts(answer.loaded);
  const runtime = await requireRuntime({ ...parts, logger: createLogger({ level: 'warn' }) });
  try {
    const problems = await runtime.meetUpstreams();
    if (problems.length > 0) throw new NotServed(problems);
    return await act(runtime);
  } finally {
    await runtime.close();
  }
}

/**
 * Checks configuration and policies, and sends a probe through everything configured. One finding per part; and the definitions
 * that the upstreams offer.
 */
export async function checkConfig(
  config?: string,
): Promise<{ readonly findings: readonly Finding[]; readonly definitions: readonly DefinitionView[] }> {
  return dryRun(config, (runtime) => ({
    findings: [...runtime.findings(), ...runtime.notServed(), ...runtime.faults()],
    definitions: runtime.definitions.list(),
  }));
}

/** What is known of a policy set without a call. */
export interface CheckedPolicies {
  readonly digest: string;
  readonly findings: readonly Finding[];
  readonly warnings: readonly FileProblem[];
}

export interface PoliciesOptions {
  readonly config?: string | undefined;
  /**
   * What policies are compiled against: the approved definitions on record, or what the servers offer, which are started then.
   * Absent: the record, where it has definitions of every server.
   */
  readonly against?: 'record' | 'servers' | undefined;
  /** Told what was not checked, and what checks it. */
  readonly note: (text: string) => void;
}

/**
 * Checks configuration and policies; resolves with the digest of the policy set and what it leaves open.
 *
 * @throws NotServed for a configuration or policies that can't be used
 */
export async function checkPolicies(options: PoliciesOptions): Promise<CheckedPolicies> {
  return (await recorded(options, checked)) ?? dryRun(options.config, (runtime) => checked(compiled(runtime)));
}

const checked = ({ active }: CompiledPolicies): CheckedPolicies => ({
  digest: active.policies.digest,
  findings: active.findings,
  warnings: active.warnings,
});

/**
 * Judges the cases of a YAML file by the policies.
 *
 * @param file `cases.yaml` in the policies' folder if absent
 * @throws NotServed for a configuration, policies or cases that can't be used
 */
export async function testPolicies({
  file,
  ...options
}: PoliciesOptions & { readonly file?: string | undefined }): Promise<readonly PolicyCaseResult[]> {
  const byRecord = await recorded(options, (policies) => casesOf(policies, file));
  if (byRecord?.some(({ ok }) => !ok)) options.note(BY_RECORD);
  return byRecord ?? dryRun(options.config, (runtime) => casesOf(compiled(runtime), file));
}

async function casesOf(
  { loaded, active, catalog }: CompiledPolicies,
  file: string | undefined,
): Promise<readonly PolicyCaseResult[]> {
  const { directory, config } = loaded;
  const answer = await loadPolicyCases(
    file === undefined ? resolve(directory, config.policies, 'cases.yaml') : resolve(file),
  );
  if (!answer.ok) throw new NotServed(answer.problems);
  return runPolicyTests(active.policies, answer.cases, { catalog, callFacts });
}

/** Acts on policies that are compiled against the record; null where the servers have to be asked. */
async function recorded<T>(
  { config, against, note }: PoliciesOptions,
  act: (policies: CompiledPolicies) => T | Promise<T>,
): Promise<T | null> {
  if (against === 'servers') return null;
  const policies = await checkRecorded({ config, always: against === 'record', note });
  return policies && act(policies);
}

function compiled(runtime: Runtime): CompiledPolicies {
  const { loaded, active } = runtime.activeConfig();
  return { loaded, active, catalog: runtime.definitions.catalog };
}
