import { repeat } from '@sallyport/base';
import type { OutcomeRecorder } from '@sallyport/pipeline';
import { runSelfCheck } from './run-self-check.ts';
import type { Dependencies } from './dependencies.ts';
import { unusableReporter } from './unusable-tools.ts';

const tickMs = 1_000;

/** Among services: to see what others recorded, and to bring outcomes that were spooled to audit. */
export async function followOthers(
  dependencies: Dependencies,
  outcomes: Pick<OutcomeRecorder, 'drain'>,
): Promise<void> {
  const { catchUpApprovals, definitions, upstreams, activeConfigs } = dependencies;
  const { version } = definitions.catalog;
  await definitions.catchUp();
  // Another gateway saw a definition change, or had it approved: what we are offered may be another by now, too.
  if (definitions.catalog.version !== version) upstreams.lookAgain();
  await activeConfigs.recompile();
  await catchUpApprovals();
  await outcomes.drain();
}

/**
 * Does the maintenance once a second, one round at a time, and looks again whether everything fires when the tools are others
 * than before: an upstream that was late must not leave Sallyport unready.
 *
 * @returns how to stop
 */
export function keepMaintained(dependencies: Dependencies, maintenance: () => Promise<void>): () => void {
  const { observer, definitions, logger } = dependencies;
  const reportUnusable = unusableReporter(definitions, logger);
  let checked = definitions.catalog.version;

  async function round(): Promise<void> {
    const off = dependencies.tenants.switches().filter(({ what }) => what === 'tenant');
    dependencies.upstreams.endTenants(off.map(({ name }) => name));
    await maintenance();
    const { version } = definitions.catalog;
    if (version !== checked) {
      reportUnusable();
      await runSelfCheck(dependencies);
    }
    checked = version;
  }

  reportUnusable();
  return repeat(
    () => round().catch((error: unknown) => observer.incident('maintenance_failed', String(error))),
    () => tickMs,
  );
}
