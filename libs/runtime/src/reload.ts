import { within } from '@sallyport/base';
import { type FileProblem, loadConfig, type LoadedConfig, missingSecrets } from '@sallyport/config';
import { type Dependencies, systemTenant } from './dependencies.ts';
import { runSelfCheck } from './run-self-check.ts';
import { note, notePolicies } from './system-events.ts';

/**
 * Starts the upstreams of a configuration and takes in what they offer, before it is in force.
 *
 * @param waitMs how long one that says nothing is waited for
 */
export async function meetUpstreams(
  { activeConfigs, definitions, upstreams, logger, observer }: Dependencies,
  loaded: LoadedConfig,
  waitMs: number,
): Promise<void> {
  activeConfigs.configure(loaded);
  upstreams.apply(loaded);
  await within(upstreams.refresh(), waitMs);
  await settleDefinitions({ definitions, upstreams, observer });
  const silent = upstreams.unlisted();
  if (silent.length > 0) logger.warn(`not answering yet: ${silent.join(', ')}. Their tools are hidden until they do.`);
}

/** First uses wait no longer for upstreams that say nothing. What can't be recorded now is offered again soon. */
async function settleDefinitions({
  definitions,
  upstreams,
  observer,
}: Pick<Dependencies, 'definitions' | 'upstreams' | 'observer'>): Promise<void> {
  await definitions.settle().catch((error: unknown) => observer.incident('definitions_unsettled', String(error)));
  upstreams.tellWaiting();
}

/** Takes the file of a configuration as it is now; resolves with why it can't be used, which leaves the last good one in force. */
export async function reload(
  dependencies: Dependencies,
  { file, listen }: Pick<LoadedConfig, 'file' | 'listen'>,
): Promise<readonly FileProblem[]> {
  const { activeConfigs, upstreams, boot } = dependencies;
  const answer = await loadConfig(file, { listen });
  if (!answer.ok) return answer.problems;
  const { loaded } = answer;
  const missing = missingSecrets(loaded);
  if (missing.length > 0) return missing;
  const before = activeConfigs.current()?.active.policies.digest ?? null;
  const problems = await activeConfigs.take(loaded);
  const active = activeConfigs.current()?.active;
  if (problems.length > 0 || active === undefined) {
    await settleDefinitions(dependencies);
    return problems;
  }
  await note(dependencies, 'config.reloaded', { tenant: systemTenant, boot, config: loaded.digest });
  await notePolicies(dependencies, active.policies.digest, before);
  await upstreams.refresh();
  await settleDefinitions(dependencies);
  await runSelfCheck(dependencies);
  return [];
}
