import type { OutcomeRecorder } from '@sallyport/pipeline';
import { checkHouse } from './check-house.ts';
import { type Frame, recompile } from './frame.ts';
import { unusableReporter } from './unusable-tools.ts';

const tickMs = 1_000;

/** Among services: to see what others recorded, and to bring outcomes that were spooled to audit. */
export async function followOthers(frame: Frame, outcomes: OutcomeRecorder): Promise<void> {
  const { stores, desk, definitions, upstreams } = frame;
  const { version } = definitions.catalog;
  await definitions.catchUp();
  // Another gateway saw a definition change, or had it approved: what we are offered may be another by now, too.
  if (definitions.catalog.version !== version) upstreams.lookAgain();
  frame.standing = recompile(frame);
  await desk.catchUp(await stores.tenants.tenants());
  await outcomes.drain();
}

/**
 * Does the chores once a second, one round at a time, and looks again whether everything fires when the tools are others
 * than before: an upstream that was late must not leave the house unready.
 *
 * @returns how to stop
 */
export function keepHouse(frame: Frame, chores: () => Promise<void>): () => void {
  const { observer, definitions, logger } = frame;
  const reportUnusable = unusableReporter(definitions, logger);
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let checked = definitions.catalog.version;

  async function round(): Promise<void> {
    const off = frame.tenants.switches().filter(({ what }) => what === 'tenant');
    frame.upstreams.endTenants(off.map(({ name }) => name));
    await chores();
    const { version } = definitions.catalog;
    if (version !== checked) {
      reportUnusable();
      await checkHouse(frame);
    }
    checked = version;
  }

  function next(): void {
    timer = setTimeout(() => {
      void round()
        .catch((error: unknown) => observer.trouble('chores_failed', String(error)))
        .then(() => stopped || next());
    }, tickMs).unref();
  }

  reportUnusable();
  next();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
