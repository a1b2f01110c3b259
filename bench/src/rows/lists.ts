import { join } from 'node:path';
import { spawnLeanUpstream } from '@sallyport/testing';
import { startSallyport } from '../sallyport/run-sallyport.ts';
import { createDriver } from '../load/drive.ts';
import type { ListTimes } from '../programs/time-lists.ts';
import { figuresOf } from './figures.ts';

/** `tools/list` of many tools: what the gateway takes for it, and what a client waits over HTTP. */
export interface Lists extends ListTimes {
  readonly tools: number;
  /** Median over HTTP from the cache, one caller, milliseconds; the same from the upstream itself beside it. */
  readonly overHttpMs: number;
  readonly directMs: number;
}

export async function measureLists(directory: string, ms: number, tools = 100): Promise<Lists> {
  const upstream = await spawnLeanUpstream({ tools });
  const sallyport = await startSallyport({
    directory: join(directory, 'lists'),
    upstream: upstream.url,
    changes: { tools },
  });
  const guarded = createDriver({ url: sallyport.endpoint, tokens: sallyport.files.tokens });
  const direct = createDriver({ url: new URL(upstream.url), tokens: [] });
  try {
    for (const driver of [guarded, direct]) await driver.lists({ ms: ms / 2 });
    const overHttpMs = figuresOf(await guarded.lists({ ms }), 0).p50;
    const directMs = figuresOf(await direct.lists({ ms }), 0).p50;
    return { tools, ...((await sallyport.ask('lists')) as ListTimes), overHttpMs, directMs };
  } finally {
    await sallyport.stop();
    await upstream.close();
  }
}
