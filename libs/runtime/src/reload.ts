import { within } from '@sallyport/base';
import { type FileProblem, loadConfig, type LoadedConfig, missingSecrets } from '@sallyport/config';
import { type Dependencies, systemTenant } from './dependencies.ts';
import { runSelfCheck } from './run-self-check.ts';
import { keepTexts, note, notePolicies } from './system-events.ts';

/**
 * Starts the upstreams of the configuration in force, and takes in what they offer.
 *
 * @param waitMs how long first uses wait for an upstream that says nothing
 * @returns why the policies can't be used with what they offer
 */
export async function meetUpstreams(dependencies: Dependencies, waitMs: number): Promise<readonly FileProblem[]> {
  const { activeConfigs, upstreams, logger } = dependencies;
  upstreams.begin();
  await within(upstreams.refresh(), waitMs);
  await settleDefinitions(dependencies);
  await activeConfigs.recompile();
  await runSelfCheck(dependencies);
  dependencies.met = true;
  const silent = upstreams.unlisted();
  if (silent.length > 0) logger.warn(`not answering yet: ${silent.join(', ')}. Their tools are hidden until they do.`);
  return activeConfigs.problems();
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
  const unusable = answer.ok ? missingSecrets(answer.loaded) : answer.problems;
  if (!answer.ok || unusable.length > 0) {
    activeConfigs.reject(unusable);
    return unusable;
  }
  const { loaded } = answer;
  const before = activeConfigs.current()?.active.policies.digest ?? null;
  const problems = await activeConfigs.take(loaded);
  const active = activeConfigs.current()?.active;
  if (problems.length > 0 || active === undefined) {
    await settleDefinitions(dependencies);
    return problems;
  }
  await keepTexts(dependencies, { loaded, active });
  await note(dependencies, 'config.reloaded', { tenant: systemTenant, boot, config: loaded.digest });
  await notePolicies(dependencies, active.policies.digest, before);
  await upstreams.refresh();
  await settleDefinitions(dependencies);
  await runSelfCheck(dependencies);
  return [];
}
