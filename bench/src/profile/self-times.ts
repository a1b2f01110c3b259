/** What of a `.cpuprofile` is read here. Times in microseconds. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const notWork = new Set(['(idle)', '(root)']);

/** Lines of the functions in which most time was spent, themselves without what they call. */
export function selfTimes({ nodes, samples, timeDeltas }: CpuProfile, count: number): string[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map<string, number>();
  for (const [at, id] of samples.entries()) {
    const name = names.get(id) ?? '';
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[at] ?? 0));
  }
  const busy = [...times].filter(([name]) => !notWork.has(name)).sort(([, a], [, b]) => b - a);
  const total = busy.reduce((sum, [, time]) => sum + time, 0);
  return busy
    .slice(0, count)
    .map(
      ([name, time]) =>
        `${((100 * time) / total).toFixed(1).padStart(5)} % ${(time / 1000).toFixed(0).padStart(6)} ms  ${name}`,
    );
}

function nameOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const place = url === '' ? '' : `  ${url.replace(/^.*\/(?=(libs|node_modules|apps)\/)/, '')}:${lineNumber + 1}`;
  return `${functionName || '(anonymous)'}${place}`;
}
