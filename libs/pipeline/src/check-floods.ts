import { type Config, type Finding, perSecond } from '@sallyport/contracts';
import { createTokenBuckets } from '@sallyport/base';

/** A larger bucket is checked as if it held this much. */
const MOST_TOKENS = 20;

/** Empties one bucket of each kind, dry: one more than it holds must be refused. */
export function checkFloods({ floods }: Pick<Config, 'floods'>): readonly Finding[] {
  return Object.entries(floods).map(([name, { rate, burst }]): Finding => {
    const size = { rate: perSecond(rate), burst: Math.min(burst, MOST_TOKENS) };
    const buckets = createTokenBuckets({ monotonic: () => 0 }, () => size);
    const waits = Array.from({ length: size.burst + 1 }, () => buckets.take('self-check'));
    const fires = waits.findIndex((wait) => wait > 0) === size.burst;
    const detail = `${rate.count} in ${rate.periodMs} ms, ${burst} at once`;
    return { about: `floods/${name}`, fires, detail, hint: 'Sallyport itself is at fault: please report this.' };
  });
}
