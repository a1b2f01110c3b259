import { type Depth, depths } from '@sallyport/contracts';
import { createMetrics } from '@sallyport/service';

/** The names of all metrics that are Sallyport's own, as `/metrics` of some program shows them. */
export async function shownMetrics(): Promise<string[]> {
  const { observer, watchClock, text } = createMetrics({ isKnown: () => false, runtime: false });
  watchClock(() => 0);
  for (const depth of Object.keys(depths)) observer.watched?.(depth as Depth, () => 0);
  return [...(await text()).matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
}
